package org.retrovisor.monitor.oracle;

/** What an instruction of a user program can see and change, before or after it. */
final class CpuState {
    /** Bytes of memory around the border of the two data pages, half on each side. */
    static final int DATA_WINDOW = 2048;
    /** Bytes of memory around the initial stack pointer. */
    static final int STACK_WINDOW = 1024;

    /** RAX to R15. */
    final long[] gpr = new long[16];
    /** Where it goes on; in a state before, the instruction's address. */
    long rip;
    /** The status flags and DF at their places; other bits are 0. */
    int flags;
    /** XMM registers: low half of register n at 2n, high half at 2n + 1. */
    final long[] xmm = new long[32];
    /** The upper halves of YMM registers, likewise. */
    final long[] ymm = new long[32];
    int mxcsr = 0x1F80;
    /** Significands of the physical x87 registers, which are the MMX registers. */
    final long[] mmx = new long[8];
    /** Signs and exponents of the physical x87 registers. */
    final int[] exponents = new int[8];
    /** Which physical x87 registers are not empty. */
    int abridgedTag;
    int x87Control = 0x37F;
    /** The x87 status word, TOP included; ES and B follow from the rest. */
    int x87Status;
    final byte[] data = new byte[DATA_WINDOW];
    final byte[] stack = new byte[STACK_WINDOW];

    void copyFrom(CpuState other) {
        System.arraycopy(other.gpr, 0, gpr, 0, gpr.length);
        rip = other.rip;
        flags = other.flags;
        System.arraycopy(other.xmm, 0, xmm, 0, xmm.length);
        System.arraycopy(other.ymm, 0, ymm, 0, ymm.length);
        mxcsr = other.mxcsr;
        System.arraycopy(other.mmx, 0, mmx, 0, mmx.length);
        System.arraycopy(other.exponents, 0, exponents, 0, exponents.length);
        abridgedTag = other.abridgedTag;
        x87Control = other.x87Control;
        x87Status = other.x87Status;
        System.arraycopy(other.data, 0, data, 0, data.length);
        System.arraycopy(other.stack, 0, stack, 0, stack.length);
    }
}
