package org.retrovisor.monitor;

import java.util.Collection;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PageBitsTest {
    @Test
    void itHoldsWhatAMapHolds() {
        Random random = new Random(5);
        PageBits bits = new PageBits();
        for (int size = 5000; size > 0; size /= 3) {
            TreeMap<Long, Long> expected = new TreeMap<>();
            for (int i = 0; i < size; i++) {
                long page = random.nextLong() >>> 12 + random.nextInt(50);
                long wanted = 1L << random.nextInt(64);
                bits.set(page, wanted);
                expected.merge(page, wanted, (a, b) -> a | b);
            }
            assertArrayEquals(valuesOf(expected.keySet()), bits.pages().numbers());
            assertArrayEquals(valuesOf(expected.values()), bits.pages().bits());
            bits.clear();
            assertEquals(0, bits.pages().numbers().length);
        }
    }

    private static long[] valuesOf(Collection<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    @Test
    void aFootprintOfTwoIntervalsHoldsBoth() {
        PageBits code = new PageBits();
        PageBits data = new PageBits();
        PageBits nothing = new PageBits();
        code.set(7, 1);
        data.set(0xF_FFFF_FFFF_FFFFL, Footprint.WRITTEN);
        Footprint one = of(code, nothing);
        Footprint other = of(nothing, data);
        Footprint both = one.and(other);
        assertTrue(both.mayExecute(7 << 12));
        assertFalse(other.mayExecute(7 << 12));
        assertTrue(both.mayTouch(-8, 8, false, true, false));
        assertFalse(one.mayTouch(-8, 8, false, true, false));
        assertTrue(one.mayTouch(-8, 20, false, true, false), "around the end of the address space is not certain");
    }

    private static Footprint of(PageBits code, PageBits data) {
        return new Footprint(code.pages(), data.pages(), data.pages(), false);
    }
}
