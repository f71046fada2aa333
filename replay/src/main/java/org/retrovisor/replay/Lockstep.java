package org.retrovisor.replay;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.ProcessorState;
import org.retrovisor.replay.inspect.GuestView;
import org.retrovisor.trace.Trace;

/**
 * One trace on two engines at once, which must agree: on all of every processor after each block at first, later up to
 * each event, and on all RAM that was written now and then.
 */
public final class Lockstep implements AutoCloseable {
    /** Comparisons of processors between two of RAM. */
    private static final int BETWEEN_RAM = 1 << 12;
    /** At least so many moments between two comparisons, where events come one upon another. */
    private static final int LEAST_STRIDE = 1000;
    private static final int SHOWN_CODE_BYTES = 64;

    private final PageSlabs slabs = new PageSlabs();
    private final GuestMachine reference;
    private final GuestMachine tested;
    private final long end;
    private int comparisons;

    /**
     * Two machines in the state in which a trace begins.
     *
     * @param reference the engine that is right
     * @param tested the engine that may be wrong
     */
    public Lockstep(Trace trace, Engine.Factory reference, Engine.Factory tested) {
        this.reference = new GuestMachine(trace, reference, unused -> {}, slabs);
        try {
            this.tested = new GuestMachine(trace, tested, unused -> {}, slabs);
        } catch (RuntimeException e) {
            this.reference.close();
            throw e;
        }
        this.end = this.reference.log().lastMoment();
        this.reference.machine().trackWrites();
        this.tested.machine().trackWrites();
    }

    /**
     * Where the engines were found to differ.
     *
     * @param moment the first moment known to differ
     * @param agreed the last moment known to be the same
     * @param report both states, and the guest and host code executed last, for people
     */
    public record Disagreement(long moment, long agreed, String report) {}

    /** The moment reached. */
    public long moment() {
        return reference.moment();
    }

    /**
     * Goes on to the end of the trace.
     *
     * @param blocksUntil up to this moment, compares after each block
     * @param goOn told of the moment reached now and then; false ends it
     * @return where they differ, if they do
     */
    public Optional<Disagreement> run(long blocksUntil, LongPredicate goOn) {
        while (!reference.atEnd() && goOn.test(moment())) {
            for (int i = 0; i < BETWEEN_RAM && !reference.atEnd(); i++) {
                long agreed = moment();
                Optional<Disagreement> found = step(agreed, nextStop(agreed < blocksUntil));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return ramDifference(moment());
    }

    /** The end of the block that comes next, or the next event that is some way off. */
    private long nextStop(boolean block) {
        long now = moment();
        if (block) {
            return now + tested.machine().engine().nextBlockLength(tested.machine().current());
        }
        long event = reference.log().atEnd() ? end : reference.log().moment();
        return Math.max(now + LEAST_STRIDE, event);
    }

    private Optional<Disagreement> step(long agreed, long until) {
        long rip = tested.machine().current().gpr[Processor.RIP];
        RuntimeException referenceFailure = run(reference, until);
        RuntimeException testedFailure = run(tested, until);
        boolean alike = referenceFailure == null && testedFailure == null && sameProcessors()
                && reference.endReason() == tested.endReason();
        if (!alike) {
            return Optional.of(disagreement(agreed, rip, referenceFailure, testedFailure));
        }
        return ++comparisons % BETWEEN_RAM == 0 ? ramDifference(agreed) : Optional.empty();
    }

    private static RuntimeException run(GuestMachine guest, long until) {
        try {
            guest.run(until);
            return null;
        } catch (RuntimeException e) {
            return e;
        }
    }

    private boolean sameProcessors() {
        Machine left = reference.machine();
        Machine right = tested.machine();
        if (left.moment() != right.moment()) {
            return false;
        }
        for (int i = 0; i < left.processorCount(); i++) {
            if (!Arrays.equals(ProcessorState.save(left.processor(i)), ProcessorState.save(right.processor(i)))) {
                return false;
            }
        }
        return true;
    }

    // ---------------------------------------------------------------- RAM

    /** Compares the frames that either engine wrote since the last time. */
    private Optional<Disagreement> ramDifference(long agreed) {
        GuestMemory left = reference.machine().memory();
        GuestMemory right = tested.machine().memory();
        for (int frame = 0; frame < left.frameCount(); frame++) {
            boolean dirty = left.isDirty(frame) || right.isDirty(frame);
            if (dirty && !HostMemory.same(left.hostOf(frame), right.hostOf(frame), GuestMemory.PAGE)) {
                return Optional.of(new Disagreement(moment(), agreed,
                        "RAM differs in the page at physical address 0x%x".formatted(left.physicalOf(frame))));
            }
        }
        reference.machine().trackWrites();
        tested.machine().trackWrites();
        return Optional.empty();
    }

    // ---------------------------------------------------------------- report

    private Disagreement disagreement(long agreed, long rip, RuntimeException left, RuntimeException right) {
        Machine machine = tested.machine();
        StringBuilder text = new StringBuilder("executed from moment %d, rip 0x%x%n".formatted(agreed, rip));
        text.append("guest code there: ").append(guestCode(machine, rip)).append('\n');
        text.append("host code there: ").append(machine.engine().hostCode(machine.current(), rip)).append('\n');
        describe(text, "reference", reference, left);
        describe(text, "tested", tested, right);
        text.append("registers that differ, the reference first:\n");
        text.append(GuestView.differences(reference.machine().current(), machine.current()));
        return new Disagreement(Math.max(reference.moment(), tested.moment()), agreed, text.toString());
    }

    private static void describe(StringBuilder text, String name, GuestMachine guest, RuntimeException failure) {
        long rip = guest.machine().current().gpr[Processor.RIP];
        text.append("%s: at moment %d, rip 0x%x".formatted(name, guest.moment(), rip));
        if (guest.endReason() != null) {
            text.append(", ended: ").append(guest.endReason());
        }
        text.append(failure == null ? "" : ", " + failure.getMessage()).append('\n');
    }

    private static String guestCode(Machine machine, long rip) {
        long physical = machine.current().mmu.peek(rip);
        if (physical < 0) {
            return "not mapped";
        }
        byte[] bytes = new byte[SHOWN_CODE_BYTES];
        machine.memory().read(physical, bytes, 0, bytes.length);
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public void close() {
        reference.close();
        tested.close();
        slabs.close();
    }
}
