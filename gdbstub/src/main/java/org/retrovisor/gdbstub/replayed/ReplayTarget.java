package org.retrovisor.gdbstub.replayed;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.MonitorCommands;
import org.retrovisor.gdbstub.debuggee.PhysicalMemory;
import org.retrovisor.gdbstub.debuggee.ProcessorId;
import org.retrovisor.gdbstub.debuggee.RegisterFile;
import org.retrovisor.gdbstub.debuggee.ReversibleTarget;
import org.retrovisor.gdbstub.debuggee.StepRange;
import org.retrovisor.gdbstub.debuggee.Stop;
import org.retrovisor.gdbstub.debuggee.StopPoints;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.features.Register;
import org.retrovisor.gdbstub.features.Registers;
import org.retrovisor.replay.DivergenceException;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.Timeline;
import org.retrovisor.replay.inspect.GuestView;

/**
 * A recorded guest for gdb. It stands where the timeline stands.
 *
 * <p>Addresses that gdb gives are linear addresses, and its $rip is the linear address of the next instruction: RIP itself
 * in 64-bit mode and wherever the base of CS is 0. Otherwise $rip - $cs_base is the register.
 */
public final class ReplayTarget implements ReversibleTarget, PhysicalMemory, MonitorCommands {
    private static final String READ_ONLY = "the recorded past can only be read; record again to try something else";

    private final Timeline timeline;
    private final GuestView guest;
    private final List<ProcessorId> processors;
    private final PhysicalWatches physicalWatches;
    private final TimeTravelCommands commands;

    /** A target over a timeline, which from now on is moved by this target only; the caller closes it. */
    public ReplayTarget(Timeline timeline) {
        this.timeline = timeline;
        this.guest = timeline.view();
        this.processors = IntStream.range(0, guest.processorCount())
                .mapToObj(ProcessorId::new)
                .toList();
        this.physicalWatches = new PhysicalWatches(guest.physicalMap());
        this.commands = new TimeTravelCommands(timeline, physicalWatches);
    }

    // ---------------------------------------------------------------- what there is

    @Override
    public List<ProcessorId> processors() {
        return processors;
    }

    @Override
    public ProcessorId current() {
        return new ProcessorId(guest.current());
    }

    @Override
    public String describe(ProcessorId processor) {
        return "moment " + timeline.moment() + ", " + guest.mode(processor.index());
    }

    @Override
    public RegisterFile registers(ProcessorId processor) {
        return register -> read(processor.index(), register);
    }

    private Optional<byte[]> read(int processor, Register register) {
        if (register.equals(Registers.RIP)) {
            return Optional.of(littleEndian(guest.programCounter(processor)));
        }
        if (register.equals(Registers.MOMENT)) {
            return Optional.of(littleEndian(timeline.moment()));
        }
        return guest.register(processor, register.name()).map(value -> Arrays.copyOf(value, register.bytes()));
    }

    private static byte[] littleEndian(long value) {
        byte[] bytes = new byte[Long.BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (value >>> Byte.SIZE * i);
        }
        return bytes;
    }

    @Override
    public byte[] readMemory(ProcessorId processor, long virtualAddress, int length) {
        byte[] bytes = guest.readVirtual(processor.index(), virtualAddress, length);
        return orRefused(bytes, "no RAM is mapped at virtual address 0x", virtualAddress);
    }

    @Override
    public byte[] readPhysical(long address, int length) {
        return orRefused(guest.readPhysical(address, length), "there is no RAM at physical address 0x", address);
    }

    private static byte[] orRefused(byte[] bytes, String sentence, long address) {
        if (bytes.length == 0) {
            throw new TargetError(sentence + Long.toHexString(address));
        }
        return bytes;
    }

    @Override
    public String readOnlyReason() {
        return READ_ONLY;
    }

    // ---------------------------------------------------------------- motion

    @Override
    public Stop stepForward(ProcessorId processor, StepRange range, StopPoints stops, Interruption interruption) {
        return move(processor, stops,
                wanted -> timeline.stepForward(processor.index(), range::contains, wanted, interruption::requested));
    }

    @Override
    public Stop stepBackward(ProcessorId processor, StopPoints stops, Interruption interruption) {
        return move(processor, stops, wanted -> timeline.stepBack(processor.index(), wanted, interruption::requested));
    }

    @Override
    public Stop continueForward(StopPoints stops, Interruption interruption) {
        return move(null, stops, wanted -> timeline.continueForward(wanted, interruption::requested));
    }

    @Override
    public Stop continueBackward(StopPoints stops, Interruption interruption) {
        return move(null, stops, wanted -> timeline.continueBack(wanted, interruption::requested));
    }

    /** A verb of the timeline. */
    @FunctionalInterface
    private interface Motion {
        Outcome to(org.retrovisor.replay.StopPoints wanted);
    }

    /** @param stepped the processor that is stepped; null when all go on */
    private Stop move(ProcessorId stepped, StopPoints stops, Motion motion) {
        WantedStops wanted = new WantedStops(stops, physicalWatches, this::registers, this::readMemory);
        Outcome outcome = sentenceOnFailure(() -> motion.to(wanted.points()));
        return switch (outcome.reason()) {
            case DONE -> new Stop.Stepped(stepped == null ? current() : stepped);
            case STOP_POINT -> wanted.stop(outcome.hit());
            case BEGINNING -> new Stop.BeginningOfTrace(current());
            case END -> new Stop.EndOfTrace(current());
            case INTERRUPTED -> new Stop.Interrupted(current());
        };
    }

    @Override
    public void monitorCommand(String line, Consumer<String> output, Interruption interruption) {
        sentenceOnFailure(() -> {
            commands.execute(line, output, interruption);
            return null;
        });
    }

    private static <T> T sentenceOnFailure(Supplier<T> action) {
        try {
            return action.get();
        } catch (DivergenceException e) {
            throw new TargetError(e.getMessage() + "; you are back where you were");
        }
    }
}
