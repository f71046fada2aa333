package org.retrovisor.replay;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.processor.ProcessorState;
import org.retrovisor.trace.MachineStateReader;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.TraceException;
import org.retrovisor.trace.proto.MachineStateHead;

/** Brings a new machine into the state in which a recording began. */
final class InitialState {
    private InitialState() {}

    static void load(Trace trace, Machine machine) {
        try (MachineStateReader reader = trace.openInitialState()) {
            GuestMemory memory = machine.memory();
            byte[] bytes = new byte[GuestMemory.PAGE];
            reader.pages((frame, page) -> {
                MemorySegment.copy(page, ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
                memory.write(memory.physicalOf(Math.toIntExact(frame)), bytes);
            });
            restoreProcessors(reader.head(), machine);
        }
    }

    private static void restoreProcessors(MachineStateHead head, Machine machine) {
        machine.setMoment(head.getMoment());
        for (int i = 0; i < machine.processorCount(); i++) {
            try {
                byte[] state = head.getProcessors(i).getState().toByteArray();
                ProcessorState.restore(machine.processor(i), state);
            } catch (IllegalArgumentException e) {
                throw new TraceException(
                        TraceException.Reason.CORRUPT,
                        "the initial state is corrupt: processor %d: %s".formatted(i, e.getMessage()),
                        e);
            }
        }
    }
}
