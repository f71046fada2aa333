package org.retrovisor.monitor.oracle;

import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

/**
 * Exception handlers of the guest, in a page of the supervisor: a HLT for each vector, with interrupts off.
 *
 * <pre>
 * 000 IDT, 32 gates  |  400 TSS  |  600 handlers, 16 bytes each  |  1000 top of the stack, downward
 * </pre>
 */
final class GuestHandlers {
    /** Where the page is; the host maps nothing there. */
    static final long PAGE = 0x2000;

    private static final int VECTORS = 32;
    private static final int TSS = 0x400;
    private static final int TSS_STACK = TSS + 4;
    private static final int TSS_PORTS = TSS + 0x66;
    private static final int TSS_LIMIT = 0x67;
    private static final int BUSY_TSS_64 = 11;
    private static final int HANDLERS = 0x600;
    private static final int HANDLER_BYTES = 16;
    private static final int SUPERVISOR_CODE = 8;
    private static final long INTERRUPT_GATE = 0x8E00_0000_0000L;
    private static final byte HLT = (byte) 0xF4;

    private final Processor cpu;
    private final long host;

    /** Fills the page, which is at {@code host} for the host. */
    GuestHandlers(Processor cpu, long host) {
        this.cpu = cpu;
        this.host = host;
        for (int vector = 0; vector < VECTORS; vector++) {
            long handler = PAGE + HANDLERS + (long) HANDLER_BYTES * vector;
            HostMemory.put64(host + 16L * vector, handler & 0xFFFF | (long) SUPERVISOR_CODE << 16 | INTERRUPT_GATE);
            HostMemory.write(host + HANDLERS + (long) HANDLER_BYTES * vector, new byte[]{HLT}, 0, 1);
        }
        HostMemory.put16(host + TSS_PORTS, 0xFFFF); // no map: programs have no ports
        HostMemory.put64(host + TSS_STACK, PAGE + HostPages.PAGE);
    }

    /** From now on faults are delivered. */
    void install() {
        cpu.idtBase = PAGE;
        cpu.idtLimit = 16 * VECTORS - 1;
        cpu.segments[Segment.TR].set(0, PAGE + TSS, TSS_LIMIT, Segment.PRESENT | BUSY_TSS_64);
    }

    /** The fault whose handler has been entered, or null; puts what the handler found on its stack into the state. */
    Fault take(CpuState state) {
        long number = cpu.gpr[Processor.RIP] - PAGE - HANDLERS;
        if (number < 0 || number >= VECTORS * HANDLER_BYTES) {
            return null;
        }
        int vector = (int) number / HANDLER_BYTES;
        int offset = Fault.hasErrorCode(vector) ? 8 : 0;
        long frame = host + (cpu.gpr[4] - PAGE);
        state.rip = HostMemory.get64(frame + offset);
        state.flags = (int) HostMemory.get64(frame + offset + 16) & (Flags.STATUS | Control.DF);
        state.gpr[4] = HostMemory.get64(frame + offset + 24);
        return Fault.of(vector, offset == 0 ? 0 : HostMemory.get64(frame), cpu.cr2, state.rip);
    }
}
