package org.retrovisor.tools.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.translator.Translator;
import org.retrovisor.tools.ExitCode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class InstructionLogTest {
    private static final Pattern LINE = Pattern.compile(
            "(\\d+) ([0-9a-f]{4}):([0-9a-f]{16}) ((?:[0-9a-f]{2})+) RAX=[0-9a-f]{16} RBX=.* RFL=[0-9a-f]{8} CPL=[0-3]");

    @TempDir
    static Path folder;
    private static Path trace;

    @BeforeAll
    static void record() {
        trace = RacerTrace.shortOne(folder);
    }

    private static List<String> log(String engine, long from, long to) throws IOException {
        Path file = folder.resolve("log");
        Invocation.of("replay", trace, "--engine", engine, "--log-instructions", file, "--from", from, "--to", to)
                .succeeded();
        return Files.readAllLines(file);
    }

    @Test
    void eachMomentHasItsLineWithTheBytesAtItsAddress() throws IOException {
        List<String> lines = log("interpreter", 5000, 5199);
        assertEquals(200, lines.size());
        int following = 0;
        long next = -1;
        long last = -1;
        for (int n = 0; n < lines.size(); n++) {
            Matcher line = LINE.matcher(lines.get(n));
            assertTrue(line.matches(), lines.get(n));
            assertEquals(5000 + n, Long.parseLong(line.group(1)));
            long rip = Long.parseLong(line.group(3), 16);
            following += rip == next || rip == last ? 1 : 0; // or an iteration of the same
            last = rip;
            next = rip + line.group(4).length() / 2;
        }
        assertTrue(following > 100, "most instructions follow the one before: " + following);
    }

    @Test
    void bothEnginesGiveTheSameLog() throws IOException {
        List<String> reference = log("interpreter", 5000, 5100);
        assertEquals(101, reference.size());
        if (Translator.available()) {
            assertEquals(reference, log("translator", 5000, 5100));
        }
    }

    @Test
    void aFileThatCannotBeWrittenIsNamed() {
        Path file = folder.resolve("none/log");
        Invocation.of("replay", trace, "--log-instructions", file).refused(ExitCode.OUTPUT_UNWRITABLE,
                file.toString());
    }
}
