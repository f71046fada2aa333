package org.retrovisor.monitor;

import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.memory.FrameWatcher;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Delivery;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.PagingStructures;
import org.retrovisor.monitor.processor.Processor;

/**
 * The guest: processors, RAM and the count of moments, run against a {@link Boundary}.
 *
 * <p>One machine is run by one thread. The same loop serves a live run, a recording and a replay; only the boundary
 * differs. A <em>moment</em> is the number of instructions retired since power-on over all processors, an iteration of a
 * REP instruction counting as one.
 */
public final class Machine implements AutoCloseable {
    private final GuestMemory memory;
    private final CpuModel model;
    private final int modelVersion;
    private final Boundary boundary;
    private final Processor[] processors;
    private final Engine engine;
    private final FootprintRecorder footprint = new FootprintRecorder(this);
    private int current;
    private long moment;

    /** A machine with {@code processorCount} processors of the default model after power-on. */
    public Machine(long memoryBytes, int processorCount, Boundary boundary, Engine.Factory engines) {
        this(memoryBytes, processorCount, CpuModel.V2, boundary, engines);
    }

    /** A machine with {@code processorCount} processors of a model after power-on. */
    public Machine(
            long memoryBytes, int processorCount, CpuModel model, Boundary boundary, Engine.Factory engines) {
        this(memoryBytes, processorCount, model, ModelChange.currentVersion(), boundary, engines);
    }

    /** The same with a processor model of an earlier version, for traces that were recorded on it. */
    public Machine(
            long memoryBytes, int processorCount, CpuModel model, int modelVersion, Boundary boundary,
            Engine.Factory engines) {
        this.model = model;
        this.modelVersion = modelVersion;
        this.memory = new GuestMemory(memoryBytes);
        this.boundary = boundary;
        this.processors = new Processor[processorCount];
        for (int i = 0; i < processorCount; i++) {
            processors[i] = new Processor(i, this);
        }
        this.engine = engines.create(this);
        memory.watch(new Watcher());
    }

    public GuestMemory memory() {
        return memory;
    }

    public Boundary boundary() {
        return boundary;
    }

    /** The model of all processors. */
    public CpuModel model() {
        return model;
    }

    /** The version of the processor models that is in force; see {@link ModelChange}. */
    public int modelVersion() {
        return modelVersion;
    }

    public int processorCount() {
        return processors.length;
    }

    public Processor processor(int index) {
        return processors[index];
    }

    /** The processor whose turn it is. */
    public Processor current() {
        return processors[current];
    }

    public Engine engine() {
        return engine;
    }

    /** What the guest executes and touches. */
    public FootprintRecorder footprint() {
        return footprint;
    }

    /** Instructions retired so far, exact at any time, also inside a boundary call. */
    public long moment() {
        return moment + engine.unsettled();
    }

    /** Counts retired instructions; for engines only. */
    public void retire(long count) {
        moment += count;
    }

    /** Sets the count, when a saved state is restored. */
    public void setMoment(long newMoment) {
        moment = newMoment;
    }

    /** From now on, {@link GuestMemory#isDirty} says which frames were written since; between two instructions only. */
    public void trackWrites() {
        memory.clearDirty();
        for (Processor processor : processors) {
            processor.mmu.flushWrites();
        }
    }

    /**
     * Runs until the given moment is reached or the guest stops.
     *
     * @return why the guest stopped, or null when the moment was reached or the engine's debug stop was hit
     */
    public StopReason run(long until) {
        engine.debugStops().release();
        while (true) {
            StopReason stop = settleArrivals();
            if (stop != null) {
                return stop;
            }
            if (moment >= until || engine.debugStops().touched()) {
                return null;
            }
            Processor cpu = current();
            long limit = Math.min(until, boundary.nextAttention(cpu));
            switch (engine.run(cpu, limit)) {
                case HALTED, LIMIT, ATTENTION, TOUCHED -> {} // what arrives at this moment belongs to it
                case SHUTDOWN -> {
                    return StopReason.TRIPLE_FAULT;
                }
                case DEBUG -> {
                    return null;
                }
            }
        }
    }

    /** Takes in all that is due now; waits while the processor is halted. Null when the processor can run. */
    private StopReason settleArrivals() {
        Processor cpu = current();
        while (true) {
            cpu.clearAttention();
            Arrival arrival = boundary.arrival(cpu);
            switch (arrival) {
                case Arrival.None none -> {
                    if (!cpu.halted && !cpu.awaitsStartup) {
                        return null;
                    }
                    if (!cpu.awaitsStartup && (cpu.systemFlags & Control.IF) == 0) {
                        return StopReason.HALTED;
                    }
                    boundary.idle(cpu);
                }
                case Arrival.Interrupt interrupt -> {
                    if (!deliver(cpu, interrupt.vector())) {
                        return StopReason.TRIPLE_FAULT;
                    }
                }
                case Arrival.NonMaskable nonMaskable -> {
                    if (!Delivery.nonMaskable(cpu)) {
                        return StopReason.TRIPLE_FAULT;
                    }
                }
                case Arrival.Init init -> cpu.init();
                case Arrival.Startup startup -> cpu.startUp(startup.page());
                case Arrival.DirectMemoryWrite write -> {
                    memory.write(write.address(), write.bytes());
                    footprint.deviceWrites(write.address(), write.bytes().length);
                    engine.debugStops().deviceWrote(cpu, write.address(), write.bytes().length);
                }
                case Arrival.Stop stop -> {
                    return stop.reason();
                }
            }
        }
    }

    private static boolean deliver(Processor cpu, int vector) {
        return Delivery.external(cpu, vector);
    }

    @Override
    public void close() {
        engine.close();
        memory.close();
    }

    /** Passes on what happens to watched frames: the engine drops code, the MMUs drop translations. */
    private final class Watcher implements FrameWatcher {
        @Override
        public void becameWatched(int frame) {
            for (Processor processor : processors) {
                processor.mmu.revokeWrites(frame);
            }
        }

        @Override
        public void writing(int frame, int offset, int length) {
            int flags = memory.flags(frame);
            if ((flags & GuestMemory.CODE) != 0) {
                engine.codeWritten(frame, offset, length);
            }
            if ((flags & GuestMemory.TABLE) != 0) {
                writingTable(frame, offset, length);
            }
        }

        private void writingTable(int frame, int offset, int length) {
            boolean forget = false;
            boolean unused = true;
            for (Processor processor : processors) {
                PagingStructures.Effect effect = processor.mmu.writingTable(frame, offset, length);
                forget |= effect == PagingStructures.Effect.FORGET_ALL;
                unused &= effect == PagingStructures.Effect.UNUSED;
            }
            if (forget) {
                for (Processor processor : processors) {
                    processor.mmu.forgetTable(frame);
                }
            }
            if (forget || unused) {
                memory.unmark(frame, GuestMemory.TABLE);
            }
        }
    }
}
