package org.retrovisor.recorder;

import com.google.protobuf.ByteString;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.trace.proto.MachineStateHead;
import org.retrovisor.trace.proto.ProcessorState;

/** What a machine is besides its RAM, as a trace holds it. */
final class Heads {
    private Heads() {}

    static MachineStateHead.Builder of(Machine machine) {
        MachineStateHead.Builder head = MachineStateHead.newBuilder()
                .setFormatVersion(1)
                .setMoment(machine.moment())
                .setMemoryBytes(machine.memory().size())
                .setRunningProcessor(machine.current().index());
        for (int i = 0; i < machine.processorCount(); i++) {
            Processor cpu = machine.processor(i);
            head.addProcessors(ProcessorState.newBuilder()
                    .setVersion(org.retrovisor.monitor.processor.ProcessorState.VERSION)
                    .setState(ByteString.copyFrom(org.retrovisor.monitor.processor.ProcessorState.save(cpu)))
                    .setMidRepeat(cpu.midRepeat()));
        }
        return head;
    }
}
