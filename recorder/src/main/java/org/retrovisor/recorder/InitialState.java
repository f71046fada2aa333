package org.retrovisor.recorder;

import java.lang.foreign.MemorySegment;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.trace.MachineStateWriter;
import org.retrovisor.trace.TraceDirectory;
import org.retrovisor.trace.proto.StoredFile;

/** Saves what a machine is before its first instruction: replay needs no image and no loader. */
final class InitialState {
    private InitialState() {}

    static StoredFile save(Machine machine, TraceDirectory directory) {
        GuestMemory memory = machine.memory();
        byte[] page = new byte[GuestMemory.PAGE];
        try (MachineStateWriter writer = new MachineStateWriter(directory.initialState(), Heads.of(machine).build())) {
            for (int frame = 0; frame < memory.frameCount(); frame++) {
                if ((memory.flags(frame) & GuestMemory.TOUCHED) != 0) {
                    memory.read(memory.physicalOf(frame), page, 0, page.length);
                    writer.page(frame, MemorySegment.ofArray(page));
                }
            }
            return writer.finish();
        }
    }
}
