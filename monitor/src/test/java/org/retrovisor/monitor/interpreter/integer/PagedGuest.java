package org.retrovisor.monitor.interpreter.integer;

import java.util.HexFormat;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.interpreter.SingleSteps;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.GuestFault;
import org.retrovisor.monitor.processor.Processor;

/**
 * 64-bit code at CPL 0 with the first 640 KiB mapped to themselves, but for one page that is read-only and one that is
 * not there. Without an IDT, every fault of a run shuts the processor down and leaves the registers as they were.
 */
final class PagedGuest implements AutoCloseable {
    static final long CODE = 0x8000;
    static final long DATA = 0x10000;
    static final long READ_ONLY = 0x20000;
    static final long ABSENT = 0x30000;
    static final long STACK = 0x40000;

    private static final long TABLES = 0x1000;
    private static final int PAGES = 160;

    final SingleSteps steps = new SingleSteps();
    final Processor cpu = steps.cpu;
    final Machine machine = cpu.machine();

    PagedGuest() {
        for (int level = 0; level < 3; level++) {
            cpu.mmu.store64(TABLES + level * 0x1000L, TABLES + (level + 1) * 0x1000L | 3);
        }
        for (long page = 0; page < PAGES; page++) {
            long linear = page << 12;
            long rights = linear == READ_ONLY ? 1 : linear == ABSENT ? 0 : 3;
            cpu.mmu.store64(TABLES + 0x3000 + page * 8, linear | rights);
        }
        cpu.cr3 = TABLES;
        cpu.cr4 |= Control.CR4_PAE;
        cpu.cr0 |= Control.CR0_PG | Control.CR0_WP;
        cpu.mmu.flush();
        cpu.idtLimit = 0;
        cpu.gpr[Processor.RSP] = STACK;
        cpu.gpr[Processor.RIP] = CODE;
    }

    /** Places code at {@link #CODE} and stands before it. */
    PagedGuest code(String bytes) {
        byte[] code = HexFormat.of().parseHex(bytes.replace(" ", ""));
        machine.memory().write(CODE, code);
        cpu.gpr[Processor.RIP] = CODE;
        return this;
    }

    /** Runs so many moments; why the guest stopped, or null. */
    StopReason run(int moments) {
        return machine.run(machine.moment() + moments);
    }

    /** The fault of one instruction, or null. */
    GuestFault faultOf(String bytes) {
        try {
            steps.execute(bytes);
            return null;
        } catch (GuestFault fault) {
            return fault;
        }
    }

    @Override
    public void close() {
        steps.close();
    }
}
