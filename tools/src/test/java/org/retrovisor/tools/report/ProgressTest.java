package org.retrovisor.tools.report;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ProgressTest {
    @Test
    void aBarShowsHowFarItHasComeAndIsWipedAwayWhenItIsClosed() {
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        try (Progress bar = Progress.bar(
                new PrintStream(shown, true, StandardCharsets.UTF_8), "Reading", 50_000_000, "M", 1_000_000)) {
            bar.at(25_000_000);
            bar.close();
            shown.writeBytes("what comes then".getBytes(StandardCharsets.UTF_8));
        }
        String text = shown.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("Reading  50% ["), text);
        assertTrue(text.endsWith("\r" + " ".repeat(Progress.WIDTH) + "\rwhat comes then"), text);
        assertFalse(text.contains("\n"), text);
    }
}
