package org.retrovisor.recorder;

import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.trace.MachineStateWriter;
import org.retrovisor.trace.TraceDirectory;
import org.retrovisor.trace.proto.MachineStateHead;
import org.retrovisor.trace.proto.ProcessorState;
import org.retrovisor.trace.proto.StoredFile;

/** Saves what a machine is before its first instruction: replay needs no image and no loader. */
final class InitialState {
    private InitialState() {}

    static StoredFile save(Machine machine, TraceDirectory directory) {
        GuestMemory memory = machine.memory();
        byte[] page = new byte[GuestMemory.PAGE];
        try (MachineStateWriter writer = new MachineStateWriter(directory.initialState(), head(machine))) {
            for (int frame = 0; frame < memory.frameCount(); frame++) {
                if ((memory.flags(frame) & GuestMemory.TOUCHED) != 0) {
                    memory.read(memory.physicalOf(frame), page, 0, page.length);
                    writer.page(frame, MemorySegment.ofArray(page));
                }
            }
            return writer.finish();
        }
    }

    private static MachineStateHead head(Machine machine) {
        MachineStateHead.Builder head = MachineStateHead.newBuilder()
                .setFormatVersion(1)
                .setMoment(machine.moment())
                .setMemoryBytes(machine.memory().size())
                .setRunningProcessor(machine.current().index());
        for (int i = 0; i < machine.processorCount(); i++) {
            byte[] state = org.retrovisor.monitor.processor.ProcessorState.save(machine.processor(i));
            head.addProcessors(ProcessorState.newBuilder()
                    .setVersion(org.retrovisor.monitor.processor.ProcessorState.VERSION)
                    .setState(ByteString.copyFrom(state)));
        }
        return head.build();
    }
}
