package org.retrovisor.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.ProcessorState;
import org.retrovisor.trace.EventLogReader;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.TraceException;
import org.retrovisor.trace.proto.MachineConfiguration;

/** A machine on a trace that can be put back to where it was before. */
final class GuestMachine implements AutoCloseable {
    private final EventLogReader log;
    private final TraceBoundary boundary;
    private final Machine machine;
    private final RamHistory ram;
    private StopReason endReason;
    private long endMoment = -1;

    /** A machine in the state in which the recording began; {@code slabs} is where what it captures lies. */
    GuestMachine(Trace trace, Engine.Factory engines, IntConsumer console, PageSlabs slabs) {
        log = trace.openEventLog();
        MachineConfiguration configuration = trace.manifest().getMachine();
        int version = ModelVersions.of(configuration);
        boundary = new TraceBoundary(log, console, ModelVersions.remark(configuration));
        machine = new Machine(configuration.getMemoryBytes(), configuration.getProcessors(), model(configuration),
                version, boundary, engines);
        try {
            InitialState.load(trace, machine);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        ram = new RamHistory(machine, slabs);
    }

    private static CpuModel model(MachineConfiguration configuration) {
        String name = configuration.getProcessorModel();
        return CpuModel.ofTrace(name).orElseThrow(() -> new TraceException(
                TraceException.Reason.UNKNOWN_VERSION,
                "the trace was recorded on the processor model %s, which this version does not have".formatted(name)));
    }

    Machine machine() {
        return machine;
    }

    TraceBoundary boundary() {
        return boundary;
    }

    EventLogReader log() {
        return log;
    }

    long moment() {
        return machine.moment();
    }

    /** Whether the machine stands at the end of the recording. */
    boolean atEnd() {
        return endMoment >= 0 && moment() == endMoment;
    }

    /** Why the recording ended; null as long as the end was never reached. */
    StopReason endReason() {
        return endReason;
    }

    /** Executes up to a moment, a stop of the engine, or the end. */
    void run(long until) {
        StopReason reason = machine.run(until);
        if (reason != null) {
            endReason = reason;
            endMoment = moment();
        }
    }

    Checkpoint capture() {
        List<Checkpoint.ProcessorPart> processors = new ArrayList<>();
        for (int i = 0; i < machine.processorCount(); i++) {
            Processor cpu = machine.processor(i);
            processors.add(new Checkpoint.ProcessorPart(ProcessorState.save(cpu), cpu.midRepeat()));
        }
        return new Checkpoint(moment(), processors, ram.take(), boundary.save());
    }

    /**
     * Goes to a checkpoint. If it came with the trace, more may have arrived at its moment after it was taken; and it may
     * be the end.
     *
     * @throws TraceException when no processor can be in the state of a checkpoint that came with the trace
     */
    void restore(Checkpoint checkpoint) {
        restoreState(checkpoint);
        if (Math.min(log.moment(), log.lastMoment()) <= moment()) {
            run(moment()); // executes nothing, but takes in what is still to arrive at this moment
        }
    }

    private void restoreState(Checkpoint checkpoint) {
        ram.restore(checkpoint.ram());
        for (int i = 0; i < machine.processorCount(); i++) {
            Checkpoint.ProcessorPart part = checkpoint.processors().get(i);
            try {
                ProcessorState.restore(machine.processor(i), part.state());
            } catch (IllegalArgumentException e) {
                throw new TraceException(TraceException.Reason.CORRUPT,
                        "the checkpoint at moment %d is corrupt: processor %d: %s"
                                .formatted(checkpoint.moment(), i, e.getMessage()),
                        e);
            }
            if (part.midRepeat()) {
                machine.processor(i).markMidRepeat(checkpoint.moment());
            }
        }
        machine.setMoment(checkpoint.moment());
        boundary.restore(checkpoint.position());
    }

    @Override
    public void close() {
        machine.close();
        log.close();
    }
}
