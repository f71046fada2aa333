package org.retrovisor.monitor.sse;

/** Bits of MXCSR (Intel SDM volume 1, figure 10-3). */
public final class Mxcsr {
    /** Invalid operation. */
    public static final int IE = 1;
    /** Denormal operand. */
    public static final int DE = 1 << 1;
    /** Division by zero. */
    public static final int ZE = 1 << 2;
    /** Overflow. */
    public static final int OE = 1 << 3;
    /** Underflow. */
    public static final int UE = 1 << 4;
    /** Precision: the result was rounded. */
    public static final int PE = 1 << 5;
    /** All exception flags. */
    public static final int FLAGS = 0x3F;
    /** How many exception flags there are. */
    public static final int FLAG_BITS = 6;
    /** The flags that operands raise; when one is unmasked, the others are not even looked for. */
    public static final int BEFORE_COMPUTING = IE | DE | ZE;
    /** Denormal operands count as zero. */
    public static final int DAZ = 1 << 6;
    /** How far the exception masks are above their flags. */
    public static final int MASK_SHIFT = 7;
    /** The exception masks. */
    public static final int MASKS = FLAGS << MASK_SHIFT;
    /** Where the rounding control begins. */
    public static final int ROUNDING_SHIFT = 13;
    /** Rounding control: see {@link Rounding}. */
    public static final int ROUNDING = 3 << ROUNDING_SHIFT;
    /** Tiny results become zero. */
    public static final int FTZ = 1 << 15;
    /** The bits that can be set, as FXSAVE reports them; setting others raises #GP(0). */
    public static final int WRITABLE = 0xFFFF;
    /** The value after power-on: all exceptions masked, rounding to nearest. */
    public static final int INITIAL = MASKS;

    private Mxcsr() {}

    /** The rounding control of an MXCSR value, 0 to 3. */
    public static int rounding(int mxcsr) {
        return mxcsr >> ROUNDING_SHIFT & 3;
    }

    /** Whether rounding is to nearest and every exception masked. */
    static boolean plain(int mxcsr) {
        return (mxcsr & (ROUNDING | MASKS)) == MASKS;
    }

    /** {@link #plain}, and PE is set already. */
    static boolean settled(int mxcsr) {
        return (mxcsr & (ROUNDING | MASKS | PE)) == (MASKS | PE);
    }

    /** Whether raising PE once more would change nothing. */
    static boolean inexactIsNoNews(int mxcsr) {
        int both = PE | PE << MASK_SHIFT;
        return (mxcsr & both) == both;
    }
}
