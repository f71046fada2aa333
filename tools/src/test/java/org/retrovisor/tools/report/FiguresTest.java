package org.retrovisor.tools.report;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class FiguresTest {
    @Test
    void numbersAreGroupedAndUnitsChosen() {
        assertEquals("1,234,567", Figures.count(1234567));
        assertEquals("1 event", Figures.count(1, "event"));
        assertEquals("0 events", Figures.count(0, "event"));
        assertEquals("999 bytes", Figures.bytes(999));
        assertEquals("1.0 kB", Figures.bytes(1000));
        assertEquals("8.1 MB", Figures.bytes(8_100_000));
        assertEquals("512 MiB", Figures.memory(512L << 20));
        assertEquals("8 GiB", Figures.memory(8L << 30));
        assertEquals("68 KiB", Figures.memory(68L << 10));
    }

    @Test
    void durationsAndRates() {
        assertEquals("0.42 s", Figures.seconds(420_000_000L));
        assertEquals("31.2 s", Figures.seconds(31_200_000_000L));
        assertEquals("2 min 5 s", Figures.seconds(125_000_000_000L));
        assertEquals("40.0 million instructions/s", Figures.rate(80_000_000, 2_000_000_000));
        assertEquals(0, Figures.perSecond(5, 0));
    }
}
