package org.retrovisor.monitor.oracle;

/**
 * What an exception handler is told.
 *
 * @param vector the exception's vector, or {@link #ENDLESS}
 * @param errorCode the error code, 0 where there is none
 * @param address CR2 after a page fault, 0 otherwise
 * @param rip the address of the instruction
 */
record Fault(int vector, int errorCode, long address, long rip) {
    /** No fault: what ran had to be ended. */
    static final int ENDLESS = -2;

    private static final int PAGE_FAULT = 14;

    /** From what is in the registers and on the stack, whether it means something for this vector or not. */
    static Fault of(int vector, long errorCode, long cr2, long rip) {
        return new Fault(vector, hasErrorCode(vector) ? (int) errorCode : 0, vector == PAGE_FAULT ? cr2 : 0, rip);
    }

    static boolean hasErrorCode(int vector) {
        return vector == 8 || vector >= 10 && vector <= PAGE_FAULT || vector == 17;
    }

    @Override
    public String toString() {
        return vector == ENDLESS
                ? "no end, RIP %x".formatted(rip)
                : "vector %d, error code %x, CR2 %x, RIP %x".formatted(vector, errorCode, address, rip);
    }
}
