package org.retrovisor.tools.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.replay.Timeline;
import picocli.CommandLine.TypeConversionException;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Sizes as --checkpoint-memory takes them. */
class CheckpointMemoryTest {
    private final CheckpointMemory.Converter converter = new CheckpointMemory.Converter();

    @ParameterizedTest
    @CsvSource({"0, 0", "4096, 4096", "64k, 65536", "256M, 268435456", "2GiB, 2147483648", "1G, 1073741824"})
    void aSizeIsANumberAndAUnit(String text, long bytes) {
        assertEquals(bytes, converter.convert(text).bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "-1", "1.5G", "1X", "99999999999999999999"})
    void anythingElseIsRefused(String text) {
        assertThrows(TypeConversionException.class, () -> converter.convert(text));
    }

    @Test
    void noSizeIsMoreThanHalfOfTheHeap() {
        assertTrue(converter.convert("999999999999T").bytes() > 0);
        assertEquals(Runtime.getRuntime().maxMemory() / 2, Timeline.budget(converter.convert("999999999999T").bytes()));
        assertEquals(5000, Timeline.budget(5000));
    }
}
