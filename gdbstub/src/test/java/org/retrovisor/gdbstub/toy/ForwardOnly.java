package org.retrovisor.gdbstub.toy;

import java.util.List;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.ProcessorId;
import org.retrovisor.gdbstub.debuggee.RegisterFile;
import org.retrovisor.gdbstub.debuggee.StepRange;
import org.retrovisor.gdbstub.debuggee.Stop;
import org.retrovisor.gdbstub.debuggee.StopPoints;

/** A target without any optional ability. */
public record ForwardOnly(ToyMachine machine) implements DebugTarget {
    @Override
    public List<ProcessorId> processors() {
        return machine.processors();
    }

    @Override
    public ProcessorId current() {
        return machine.current();
    }

    @Override
    public String describe(ProcessorId processor) {
        return machine.describe(processor);
    }

    @Override
    public RegisterFile registers(ProcessorId processor) {
        return machine.registers(processor);
    }

    @Override
    public byte[] readMemory(ProcessorId processor, long virtualAddress, int length) {
        return machine.readMemory(processor, virtualAddress, length);
    }

    @Override
    public String readOnlyReason() {
        return machine.readOnlyReason();
    }

    @Override
    public Stop stepForward(ProcessorId processor, StepRange range, StopPoints stops, Interruption interruption) {
        return machine.stepForward(processor, range, stops, interruption);
    }

    @Override
    public Stop continueForward(StopPoints stops, Interruption interruption) {
        return machine.continueForward(stops, interruption);
    }
}
