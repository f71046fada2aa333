package org.retrovisor.replay.symbols;

import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;

/** A machine as one of its processors sees it. */
public record MachineView(Processor processor) implements GuestView {
    private static final long CR0_PG = 1L << 31;
    private static final long CR4_LA57 = 1 << 12;
    private static final long EFER_LMA = 1 << 10;

    @Override
    public int readPhysical(long physical, byte[] to, int offset, int length) {
        GuestMemory memory = processor.machine().memory();
        int done = 0;
        while (done < length && memory.frameAt(physical + done) >= 0) {
            int inPage = (int) (physical + done & GuestMemory.PAGE - 1);
            int chunk = Math.min(length - done, GuestMemory.PAGE - inPage);
            memory.read(physical + done, to, offset + done, chunk);
            done += chunk;
        }
        return done;
    }

    @Override
    public int pagingLevels() {
        boolean on = (processor.cr0 & CR0_PG) != 0 && (processor.efer & EFER_LMA) != 0;
        return !on ? 0 : (processor.cr4 & CR4_LA57) != 0 ? 5 : 4;
    }

    @Override
    public long cr3() {
        return processor.cr3;
    }

    @Override
    public long systemCallEntry() {
        return processor.msrs.get(Msr.LSTAR);
    }
}
