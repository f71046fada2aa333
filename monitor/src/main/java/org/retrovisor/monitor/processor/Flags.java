package org.retrovisor.monitor.processor;

/**
 * The six status flags, kept as what they are computed from.
 *
 * <p>{@code zero} holds ZF (set when it is 0). {@code sign} holds SF in bit 63 and PF as the parity of its low byte.
 * {@code carries} holds CF in bit 63, OF as bit 63 xor bit 62, AF in bit 3: a vector of carries (or borrows) out of each
 * bit position has just these properties once its top bit is moved to bit 63. Every combination of flags can be
 * represented, so there is no second, "explicit" state.
 */
public final class Flags {
    public static final int CF = 1;
    public static final int PF = 1 << 2;
    public static final int AF = 1 << 4;
    public static final int ZF = 1 << 6;
    public static final int SF = 1 << 7;
    public static final int OF = 1 << 11;
    /** The status flags in RFLAGS. */
    public static final int STATUS = CF | PF | AF | ZF | SF | OF;

    private static final long AUXILIARY = 8;
    private static final long TOP = 1L << 63;
    private static final long SECOND = 1L << 62;

    private long zero = 1;
    private long sign = 1;
    private long carries;

    public boolean carry() {
        return carries < 0;
    }

    public boolean overflow() {
        return (carries ^ carries << 1) < 0;
    }

    public boolean zero() {
        return zero == 0;
    }

    public boolean sign() {
        return sign < 0;
    }

    public boolean parity() {
        return (Integer.bitCount((int) sign & 0xFF) & 1) == 0;
    }

    public boolean auxiliary() {
        return (carries & AUXILIARY) != 0;
    }

    /** CF as 0 or 1. */
    public int carryBit() {
        return (int) (carries >>> 63);
    }

    /** The status flags at their places in RFLAGS. */
    public int status() {
        return (carry() ? CF : 0)
                | (parity() ? PF : 0)
                | (auxiliary() ? AF : 0)
                | (zero() ? ZF : 0)
                | (sign() ? SF : 0)
                | (overflow() ? OF : 0);
    }

    /** Takes all six status flags from their places in RFLAGS. */
    public void setStatus(int rflags) {
        zero = ~rflags & ZF;
        sign = ((rflags & SF) != 0 ? TOP : 0) | ((rflags & PF) != 0 ? 0 : 1);
        boolean cf = (rflags & CF) != 0;
        boolean of = (rflags & OF) != 0;
        carries = (cf ? TOP : 0) | (cf != of ? SECOND : 0) | ((rflags & AF) != 0 ? AUXILIARY : 0);
    }

    /** Sets ZF, SF and PF from a result that was sign-extended to 64 bits. */
    public void setResult(long result) {
        zero = result;
        sign = result;
    }

    /** Sets all six: ZF, SF and PF from a sign-extended result, CF, OF and AF from a vector of carries (see above). */
    public void set(long result, long carryVector) {
        zero = result;
        sign = result;
        carries = carryVector;
    }

    public void setZero(boolean set) {
        zero = set ? 0 : 1;
    }

    /** Changes CF, keeps the rest. */
    public void setCarry(boolean set) {
        setCarryOverflow(set, overflow());
    }

    /** Changes CF and OF, keeps the rest. */
    public void setCarryOverflow(boolean cf, boolean of) {
        carries = (carries & AUXILIARY) | (cf ? TOP : 0) | (cf != of ? SECOND : 0);
    }

    /** Sets CF, OF and AF. */
    public void setCarryOverflowAuxiliary(boolean cf, boolean of, boolean af) {
        carries = (cf ? TOP : 0) | (cf != of ? SECOND : 0) | (af ? AUXILIARY : 0);
    }

    /** After AND, OR, XOR, TEST: CF = OF = 0, and AF, which the manual leaves undefined, is 0. */
    public void logic(long signExtendedResult) {
        zero = signExtendedResult;
        sign = signExtendedResult;
        carries = 0;
    }

    // a carry leaves a bit where both summands have it, or one has it and the sum has not

    /** After r = a + b (+ carry). */
    public void add64(long a, long b, long r) {
        zero = r;
        sign = r;
        carries = (a & b) | ((a | b) & ~r);
    }

    /** After r = a + b (+ carry) on 32 bits. */
    public void add32(int a, int b, int r) {
        zero = r;
        sign = r;
        int vector = (a & b) | ((a | b) & ~r);
        carries = (long) vector << 32 | vector & AUXILIARY;
    }

    /** After r = a + b (+ carry) on 16 bits; upper bits of the arguments do not matter. */
    public void add16(int a, int b, int r) {
        zero = (short) r;
        sign = (short) r;
        int vector = (a & b) | ((a | b) & ~r);
        carries = (long) vector << 48 | vector & AUXILIARY;
    }

    /** After r = a + b (+ carry) on 8 bits; upper bits of the arguments do not matter. */
    public void add8(int a, int b, int r) {
        zero = (byte) r;
        sign = (byte) r;
        int vector = (a & b) | ((a | b) & ~r);
        carries = (long) vector << 56 | vector & AUXILIARY;
    }

    // a borrow leaves a bit where the minuend lacks it and either the subtrahend or the difference has it

    /** After r = a - b (- borrow). */
    public void sub64(long a, long b, long r) {
        zero = r;
        sign = r;
        carries = (~a & b) | ((~a | b) & r);
    }

    /** After r = a - b (- borrow) on 32 bits. */
    public void sub32(int a, int b, int r) {
        zero = r;
        sign = r;
        int vector = (~a & b) | ((~a | b) & r);
        carries = (long) vector << 32 | vector & AUXILIARY;
    }

    /** After r = a - b (- borrow) on 16 bits; upper bits of the arguments do not matter. */
    public void sub16(int a, int b, int r) {
        zero = (short) r;
        sign = (short) r;
        int vector = (~a & b) | ((~a | b) & r);
        carries = (long) vector << 48 | vector & AUXILIARY;
    }

    /** After r = a - b (- borrow) on 8 bits; upper bits of the arguments do not matter. */
    public void sub8(int a, int b, int r) {
        zero = (byte) r;
        sign = (byte) r;
        int vector = (~a & b) | ((~a | b) & r);
        carries = (long) vector << 56 | vector & AUXILIARY;
    }

    /**
     * The condition of Jcc, SETcc and CMOVcc.
     *
     * @param code the low four bits of the opcode
     */
    public boolean condition(int code) {
        boolean positive = switch (code >> 1) {
            case 0 -> overflow();
            case 1 -> carry();
            case 2 -> zero();
            case 3 -> carry() || zero();
            case 4 -> sign();
            case 5 -> parity();
            case 6 -> sign() != overflow();
            default -> zero() || sign() != overflow();
        };
        return positive != ((code & 1) != 0);
    }
}
