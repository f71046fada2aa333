package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.processor.Flags;

/**
 * ROL, ROR, RCL and RCR: they change CF and OF only, and nothing when the masked count is 0. OF after a count above 1,
 * undefined in the manuals, follows the formula for 1.
 */
final class Rotates {
    private static final int MASK = 31;
    private static final int MASK_64 = 63;

    /** One rotation of {@code bits} bits (8, 16, 32, 64); the count is masked, not 0; operands are zero-extended. */
    private abstract static class Rotation extends Operation {
        abstract long rotate(Flags flags, long a, int count, int bits);

        private long masked(Flags flags, long a, int count, int bits) {
            return count == 0 ? a : rotate(flags, a, count, bits);
        }

        @Override
        int op8(Flags flags, int a, int b) {
            return (int) masked(flags, a, b & MASK, 8);
        }

        @Override
        int op16(Flags flags, int a, int b) {
            return (int) masked(flags, a, b & MASK, 16);
        }

        @Override
        int op32(Flags flags, int a, int b) {
            return (int) masked(flags, a & 0xFFFF_FFFFL, b & MASK, 32);
        }

        @Override
        long op64(Flags flags, long a, long b) {
            return masked(flags, a, (int) b & MASK_64, 64);
        }
    }

    static final Operation ROL = new Rotation() {
        @Override
        long rotate(Flags flags, long a, int count, int bits) {
            long result = left(a, count & bits - 1, bits);
            boolean carry = bit(result, 0);
            flags.setCarryOverflow(carry, carry != bit(result, bits - 1));
            return result;
        }
    };

    static final Operation ROR = new Rotation() {
        @Override
        long rotate(Flags flags, long a, int count, int bits) {
            long result = left(a, bits - count & bits - 1, bits);
            boolean carry = bit(result, bits - 1);
            flags.setCarryOverflow(carry, carry != bit(result, bits - 2));
            return result;
        }
    };

    static final Operation RCL = new Rotation() {
        @Override
        long rotate(Flags flags, long a, int count, int bits) {
            int turns = count % (bits + 1);
            long result = a;
            boolean carry = flags.carry();
            if (turns != 0) {
                carry = bit(a, bits - turns);
                long low = shiftLeft(flags.carryBit(), turns - 1) | shiftRight(cut(a, bits), bits + 1 - turns);
                result = cut(shiftLeft(a, turns) | low, bits);
            }
            flags.setCarryOverflow(carry, carry != bit(result, bits - 1));
            return result;
        }
    };

    static final Operation RCR = new Rotation() {
        @Override
        long rotate(Flags flags, long a, int count, int bits) {
            int turns = count % (bits + 1);
            long result = a;
            boolean carry = flags.carry();
            if (turns != 0) {
                carry = bit(a, turns - 1);
                long high = shiftLeft(flags.carryBit(), bits - turns) | shiftLeft(a, bits + 1 - turns);
                result = cut(shiftRight(cut(a, bits), turns) | high, bits);
            }
            flags.setCarryOverflow(carry, bit(result, bits - 1) != bit(result, bits - 2));
            return result;
        }
    };

    private Rotates() {}

    private static long left(long a, int count, int bits) {
        return count == 0 ? a : cut(a << count | cut(a, bits) >>> bits - count, bits);
    }

    private static long cut(long a, int bits) {
        return bits == 64 ? a : a & (1L << bits) - 1;
    }

    private static boolean bit(long value, int number) {
        return (value >>> number & 1) != 0;
    }

    // Java takes shift counts modulo 64

    private static long shiftLeft(long a, int count) {
        return count >= 64 ? 0 : a << count;
    }

    private static long shiftRight(long a, int count) {
        return count >= 64 ? 0 : a >>> count;
    }
}
