package org.retrovisor.monitor.oracle;

/**
 * What POPA leaves behind when its stack faults in the middle. On processors of AMD's and Intel's alike the registers that were popped
 * before it stay so, and the stack pointer does not move. Observed; the manuals do not say.
 */
final class PoppedRegisters {
    private static final int RSP = 4;
    private static final int SLOTS = 8;

    private PoppedRegisters() {}

    /** Gives the model's registers to the host where they are what it must have popped; whether that was all of them. */
    static boolean settle(FaultDifferences.Case c) {
        int size = c.encoding().instruction().operandSize;
        boolean all = true;
        for (int slot = 0; slot < SLOTS; slot++) {
            int register = SLOTS - 1 - slot;
            long address = c.at().gpr[RSP] + (long) slot * size;
            if (register != RSP && address + size <= c.fault().address()) { // 0 of all that are no page faults
                all &= settle(c, register, address, size);
            }
        }
        return all;
    }

    private static boolean settle(FaultDifferences.Case c, int register, long address, int size) {
        long low = -1L >>> 64 - 8 * size;
        long popped = c.at().gpr[register] & ~low | c.signedAt(address, size) & low;
        boolean known = c.host().gpr[register] == popped;
        if (known) {
            c.host().gpr[register] = c.model().gpr[register];
        }
        return known;
    }
}
