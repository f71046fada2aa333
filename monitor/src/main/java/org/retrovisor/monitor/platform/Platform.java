package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.LongSupplier;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.processor.Processor;

/**
 * The live side of the boundary: the board's devices in guest time, the console, and the end of the run.
 *
 * <p>By the steps clock, devices act at the exact moment of their deadline and input comes at guest times that a script
 * gives, so that a run is a function of its inputs. By the host's clock, devices and console are looked at once per
 * slice of instructions.
 */
public final class Platform implements Boundary {
    /** While an NMI is held back by another one: how many instructions later to look again. A shadow is over after one. */
    private static final long NMI_RETRY = 1_000;

    private final GuestClock clock;
    private final ByteSource input;
    private final LongSupplier random;
    private final Board board;
    private volatile StopReason stop;
    /** The moment given out by the last {@link #nextAttention}. */
    private long scheduled;

    /** A platform after power-on, as firmware leaves it to a kernel. */
    public Platform(PlatformConfig config) {
        clock = config.clock();
        input = config.input();
        random = config.random();
        board = new Board(config, this::requestStop);
    }

    // ---- Boundary ----

    @Override
    public long read(Processor processor, Space space, long address, int size) {
        long value = board.read(processor.index(), space, address, size, now(processor));
        announce(processor);
        return value;
    }

    @Override
    public void write(Processor processor, Space space, long address, int size, long value) {
        board.write(processor.index(), space, address, size, value, now(processor));
        announce(processor);
    }

    @Override
    public long timestamp(Processor processor) {
        return now(processor);
    }

    @Override
    public long random(Processor processor) {
        return random.getAsLong();
    }

    @Override
    public long nextAttention(Processor processor) {
        scheduled = attention(processor);
        return scheduled;
    }

    @Override
    public Arrival arrival(Processor processor) {
        if (stop != null) {
            return new Arrival.Stop(stop);
        }
        long now = now(processor);
        board.advance(now);
        feedConsole(now);
        int index = processor.index();
        if (board.nmiPending(index) && processor.acceptsNonMaskable() && board.takeNmi(index)) {
            return new Arrival.NonMaskable();
        }
        if (!board.interruptPending(index)) {
            return Arrival.NONE;
        }
        if (processor.acceptsInterrupts()) {
            return new Arrival.Interrupt(board.acknowledge(index));
        }
        processor.requestInterruptWindow();
        return Arrival.NONE;
    }

    @Override
    public void idle(Processor processor) {
        if (stop != null || board.interruptPending(processor.index())) {
            return;
        }
        if (!clock.idle(deadline(), processor.machine().moment())) {
            // No timer runs and nobody can type: the guest would sleep for ever.
            stop = StopReason.HALTED;
        }
    }

    private long now(Processor processor) {
        return clock.now(processor.machine().moment());
    }

    /** The next guest time at which something happens by itself. */
    private long deadline() {
        return board.serial().hasRoom() ? Math.min(board.deadline(), input.nextAt()) : board.deadline();
    }

    private long attention(Processor processor) {
        long moment = processor.machine().moment();
        long next = clock.attention(deadline(), moment);
        long retry = processor.interruptShadow ? 1 : NMI_RETRY;
        return board.nmiPending(processor.index()) ? Math.min(next, moment + retry) : next;
    }

    /** After an access: has the machine to ask earlier than it was told? */
    private void announce(Processor processor) {
        int index = processor.index();
        if (stop != null || board.nmiPending(index) && !processor.nmiBlocked
                || attention(processor) < scheduled) {
            processor.requestAttention();
        } else if (board.interruptPending(index)) {
            // Whether the processor takes interrupts is asked between instructions, not in the midst of this one.
            processor.requestInterruptWindow();
        }
    }

    private void feedConsole(long now) {
        while (board.serial().hasRoom()) {
            int value = input.next(now);
            if (value < 0) {
                return;
            }
            board.serial().receive(value, now);
        }
    }

    // ---- For whoever runs the machine ----

    /**
     * Ends the run before the next instruction that the machine is asked about; the first reason counts. May be called
     * from another thread, and takes effect then at the next look at the outside.
     */
    public void requestStop(StopReason reason) {
        if (stop == null) {
            stop = reason;
        }
    }

    /** The value that the guest last wrote to the debug-exit port. */
    public int debugExitValue() {
        return board.debugExit().value();
    }

    /** Whether the guest has reported a kernel panic through the pvpanic port. */
    public boolean panicReported() {
        return board.panic().reported() != 0;
    }

    /** Presses the power button: a guest with ACPI shuts down. */
    public void pressPowerButton() {
        board.power().pressPowerButton();
    }

    /** Presses the NMI button. */
    public void raiseNmi() {
        board.raiseNmi();
    }

    /** Writes the state of time and devices at {@code moment}; console, randomness and a pending stop are not part of it. */
    public void save(DataOutput out, long moment) throws IOException {
        clock.save(out, moment);
        board.save(out);
    }

    /** Takes over a state written by {@link #save} on a platform of the same configuration. */
    public void restore(DataInput in, long moment) throws IOException {
        clock.restore(in, moment);
        board.restore(in);
        scheduled = 0;
    }
}
