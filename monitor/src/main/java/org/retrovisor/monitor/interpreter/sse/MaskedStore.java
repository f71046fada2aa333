package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.Lanes;

/** MASKMOVQ and MASKMOVDQU: the bytes whose mask byte has its top bit set go to DS:[rDI]. */
final class MaskedStore {
    private MaskedStore() {}

    /**
     * Stores 8 or 16 bytes under a mask. All selected bytes are checked first. A mask of zeros touches nothing, so it
     * raises no page fault (the manual leaves that open).
     */
    static void store(Processor cpu, Instruction i, int size, long low, long high, long lowMask, long highMask) {
        int selected = Lanes.byteSigns(lowMask) | (size == 16 ? Lanes.byteSigns(highMask) << 8 : 0);
        long offset = cpu.gpr[Processor.RDI];
        if (i.addressSize < 8) {
            offset &= (1L << 8 * i.addressSize) - 1;
        }
        long linear = cpu.linearForWriting(i.segment, offset, size);
        for (int at = 0; at < size; at++) {
            if ((selected >> at & 1) != 0) {
                cpu.mmu.checkWrite(linear + at, 1);
            }
        }
        for (int at = 0; at < size; at++) {
            if ((selected >> at & 1) != 0) {
                long half = at < 8 ? low : high;
                cpu.mmu.store8(linear + at, (int) (half >>> 8 * (at & 7)) & 0xFF);
            }
        }
    }
}
