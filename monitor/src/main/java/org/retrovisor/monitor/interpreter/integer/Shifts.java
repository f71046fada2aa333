package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.processor.Flags;

/**
 * SHL, SHR and SAR. A count of 0 changes no flag. Fixed results for what the manuals leave undefined: AF is 0; OF after a
 * count above 1 follows the formula for 1 (SHL: CF xor the sign, SHR: the two top bits of the result differ); CF after
 * counts beyond the operand is what moving bit by bit gives.
 */
final class Shifts {
    /** The two bits of {@link Flags}' vector that make CF and OF. */
    private static final long TOP_TWO = 3L << 62;

    /** Only wide operands take six bits of the count. */
    private static final int MASK = 31;

    private static final int MASK_64 = 63;

    /** The last bit to leave is CF and the one behind it becomes the sign: both stand on top one position before. */
    static final Operation SHL = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            return narrow(flags, a, b & MASK, 56, 8);
        }

        @Override
        int op16(Flags flags, int a, int b) {
            return narrow(flags, a, b & MASK, 48, 16);
        }

        private int narrow(Flags flags, int a, int count, int unused, int bits) {
            if (count == 0) {
                return a;
            }
            long before = (long) a << unused + count - 1;
            long beforeFits = unused + count - 1 < 64 ? before : 0;
            long result = beforeFits << 1 >> 64 - bits;
            flags.set(result, beforeFits & TOP_TWO);
            return (int) result;
        }

        @Override
        int op32(Flags flags, int a, int b) {
            int count = b & MASK;
            if (count == 0) {
                return a;
            }
            int before = a << count - 1;
            int result = before << 1;
            flags.set(result, (long) before << 32 & TOP_TWO);
            return result;
        }

        @Override
        long op64(Flags flags, long a, long b) {
            int count = (int) b & MASK_64;
            if (count == 0) {
                return a;
            }
            long before = a << count - 1;
            long result = before << 1;
            flags.set(result, before & TOP_TWO);
            return result;
        }
    };

    static final Operation SHR = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            int count = b & MASK;
            if (count == 0) {
                return a;
            }
            int before = a >>> count - 1;
            int result = before >>> 1;
            flags.set(result, carries(before, result >>> 6));
            return result;
        }

        @Override
        int op16(Flags flags, int a, int b) {
            int count = b & MASK;
            if (count == 0) {
                return a;
            }
            int before = a >>> count - 1;
            int result = before >>> 1;
            flags.set(result, carries(before, result >>> 14));
            return result;
        }

        @Override
        int op32(Flags flags, int a, int b) {
            int count = b & MASK;
            if (count == 0) {
                return a;
            }
            int before = a >>> count - 1;
            int result = before >>> 1;
            flags.set(result, carries(before, result >>> 30));
            return result;
        }

        @Override
        long op64(Flags flags, long a, long b) {
            int count = (int) b & MASK_64;
            if (count == 0) {
                return a;
            }
            long before = a >>> count - 1;
            long result = before >>> 1;
            flags.set(result, carries(before, result >>> 62));
            return result;
        }
    };

    static final Operation SAR = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            return op32(flags, (byte) a, b);
        }

        @Override
        int op16(Flags flags, int a, int b) {
            return op32(flags, (short) a, b);
        }

        @Override
        int op32(Flags flags, int a, int b) {
            int count = b & MASK;
            if (count == 0) {
                return a;
            }
            int before = a >> count - 1;
            int result = before >> 1;
            flags.set(result, carries(before, 0));
            return result;
        }

        @Override
        long op64(Flags flags, long a, long b) {
            int count = (int) b & MASK_64;
            if (count == 0) {
                return a;
            }
            long before = a >> count - 1;
            long result = before >> 1;
            flags.set(result, carries(before, 0));
            return result;
        }
    };

    private Shifts() {}

    /** CF from bit 0 of one value, OF from bit 0 of another, AF 0. */
    private static long carries(long carry, long overflow) {
        return carry << 63 | ((carry ^ overflow) & 1) << 62;
    }
}
