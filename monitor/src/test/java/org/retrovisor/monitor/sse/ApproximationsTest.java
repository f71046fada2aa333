package org.retrovisor.monitor.sse;

import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ApproximationsTest {
    private static final double BOUND = 1.5 / 4096;

    @Test
    void theBoundOfTheManualsIsKeptAndOnly12BitsAreUsed() {
        Random random = new Random(7);
        for (int n = 0; n < 200_000; n++) {
            float x = Float.intBitsToFloat(0x0080_0000 + random.nextInt(0x7F00_0000 - 0x0100_0000));
            long reciprocal = Approximations.reciprocal(bits(x));
            long root = Approximations.reciprocalRoot(bits(x));
            if (1.0 / x >= Float.MIN_NORMAL) {
                assertTrue(Math.abs(real(reciprocal) * (double) x - 1) <= BOUND, () -> "1/" + x);
            }
            assertTrue(Math.abs(real(root) * Math.sqrt(x) - 1) <= BOUND, () -> "1/sqrt " + x);
            assertEquals(0, (reciprocal | root) & 0xFFF);
        }
    }

    @Test
    void specialOperandsFollowTheManual() {
        assertEquals(0x7F80_0000L, Approximations.reciprocal(0));
        assertEquals(0xFF80_0000L, Approximations.reciprocal(0x8000_0001L), "denormals count as zero");
        assertEquals(0x8000_0000L, Approximations.reciprocal(0xFF80_0000L));
        assertEquals(0x8000_0000L, Approximations.reciprocal(0xFF7F_FFFFL), "tiny results become zero");
        assertEquals(0x7FC0_0001L, Approximations.reciprocal(0x7F80_0001L));
        assertEquals(0xFFC0_0000L, Approximations.reciprocalRoot(0xBF80_0000L));
        assertEquals(0xFF80_0000L, Approximations.reciprocalRoot(0x8000_0000L));
        assertEquals(0, Approximations.reciprocalRoot(0x7F80_0000L));
    }

    @Test
    void theValuesArePinned() {
        assertEquals(0x3EAA_B000L, Approximations.reciprocal(bits(3)));
        assertEquals(0x3F35_0000L, Approximations.reciprocalRoot(bits(2)));
        assertEquals(0x3F80_0000L, Approximations.reciprocal(bits(1)));
    }

    private static long bits(float x) {
        return Float.floatToRawIntBits(x) & 0xFFFF_FFFFL;
    }

    private static float real(long bits) {
        return Float.intBitsToFloat((int) bits);
    }
}
