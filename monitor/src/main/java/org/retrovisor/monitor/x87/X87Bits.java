package org.retrovisor.monitor.x87;

/** Bits of the control and status words (Intel SDM volume 1, sections 8.1.3 and 8.1.5). */
public final class X87Bits {
    /** Invalid operation. */
    public static final int IE = 0x01;

    /** Denormal operand. */
    public static final int DE = 0x02;

    /** Division by zero. */
    public static final int ZE = 0x04;

    /** Overflow. */
    public static final int OE = 0x08;

    /** Underflow. */
    public static final int UE = 0x10;

    /** Inexact result (precision). */
    public static final int PE = 0x20;

    /** All exception flags; the same positions are the masks of the control word. */
    public static final int EXCEPTIONS = 0x3F;

    /** Exceptions found before a result is computed: when unmasked, operands and stack stay as they were. */
    static final int BEFORE_RESULT = IE | DE | ZE;

    /** Stack fault, status word. */
    public static final int SF = 0x40;

    /** Exception summary, status word: some unmasked exception is pending. */
    public static final int ES = 0x80;

    public static final int C0 = 0x0100;
    public static final int C1 = 0x0200;
    public static final int C2 = 0x0400;
    public static final int C3 = 0x4000;

    /** All four condition codes. */
    public static final int CONDITIONS = C0 | C1 | C2 | C3;

    /** Position of the stack top in the status word. */
    public static final int TOP_SHIFT = 11;

    /** Busy, status word: a copy of {@link #ES} since the 80287. */
    public static final int BUSY = 0x8000;

    /** Value of the control word after FNINIT: all masked, 64 bits, to nearest. */
    public static final int INITIAL_CONTROL = 0x037F;

    static final int PRECISION_SHIFT = 8;
    static final int ROUNDING_SHIFT = 10;

    /** Rounding control values. */
    static final int NEAREST = 0;

    static final int DOWN = 1;
    static final int UP = 2;
    static final int CHOP = 3;

    private X87Bits() {}
}
