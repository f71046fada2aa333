package org.retrovisor.tools.live;

import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boot.BootException;
import org.retrovisor.monitor.boot.BootImage;
import org.retrovisor.monitor.boot.BootMemory;
import org.retrovisor.monitor.boot.BootState;
import org.retrovisor.monitor.boot.ProcessorStart;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.platform.AccessListener;
import org.retrovisor.monitor.platform.GuestClock;
import org.retrovisor.monitor.platform.HostClock;
import org.retrovisor.monitor.platform.Platform;
import org.retrovisor.monitor.platform.PlatformConfig;
import org.retrovisor.monitor.platform.SeededRandom;
import org.retrovisor.monitor.platform.StepsClock;
import org.retrovisor.monitor.processor.Processor;

/** A loaded guest on a live platform, ready for its first instruction. */
public final class LiveGuest implements AutoCloseable {
    private final GuestSettings settings;
    private final ConsoleInput input;
    private final ConsoleOutput console;
    private final Platform platform;
    private final Machine machine;

    /**
     * Builds platform and machine and loads the kernel.
     *
     * @param console where the guest's console output goes
     * @param engines what executes instructions
     * @param between puts something between machine and platform, such as a recorder; identity for nothing
     * @throws BootException when the images cannot be started
     */
    public LiveGuest(
            GuestSettings settings, OutputStream console, Engine.Factory engines, UnaryOperator<Boundary> between)
            throws BootException {
        this.settings = settings;
        this.input = new ConsoleInput();
        this.console = new ConsoleOutput(console, settings.stopOn(), () -> stop(StopReason.CONSOLE_MATCH));
        this.platform = new Platform(platformConfig());
        Boundary boundary = between.apply(new FlushingBoundary(platform, this.console));
        this.machine = new Machine(
                settings.memoryBytes(), settings.processors(), settings.model(), boundary, engines);
        try {
            BootState state = BootImage.load(
                    BootMemory.of(machine.memory()),
                    settings.kernel(),
                    settings.initrd(),
                    settings.commandLine(),
                    settings.processors());
            ProcessorStart.apply(state, machine.processor(0));
        } catch (BootException | RuntimeException e) {
            machine.close();
            throw e;
        }
    }

    private PlatformConfig platformConfig() {
        boolean steps = settings.clock() == GuestSettings.Clock.STEPS;
        GuestClock clock = steps ? new StepsClock() : new HostClock(System::nanoTime, input, HostClock.SHORTEST_SLICE);
        long epoch = steps ? PlatformConfig.FIXED_EPOCH : System.currentTimeMillis() / 1000;
        LongSupplier random = steps ? new SeededRandom(0) : new SecureRandom()::nextLong;
        return new PlatformConfig(
                settings.processors(),
                settings.memoryBytes(),
                clock,
                epoch,
                random,
                input,
                console,
                AccessListener.NOBODY);
    }

    public Machine machine() {
        return machine;
    }

    public Platform platform() {
        return platform;
    }

    /** Where to type. */
    public ConsoleInput input() {
        return input;
    }

    /** Bytes that the guest wrote to its console. */
    public long consoleBytes() {
        return console.count();
    }

    /** Ends the run soon; from any thread. */
    public void stop(StopReason reason) {
        platform.requestStop(reason);
        input.wake();
    }

    /** Runs the guest to its end. */
    public StopReason run() {
        try {
            StopReason reason = machine.run(settings.maxInstructions());
            return reason == null ? StopReason.INSTRUCTION_LIMIT : reason;
        } finally {
            console.flush();
        }
    }

    @Override
    public void close() {
        machine.close();
    }

    /** Shows what the guest wrote of a line, a prompt say, before the guest goes idle. */
    private record FlushingBoundary(Platform platform, ConsoleOutput console) implements Boundary {
        @Override
        public long read(Processor processor, Space space, long address, int size) {
            return platform.read(processor, space, address, size);
        }

        @Override
        public void write(Processor processor, Space space, long address, int size, long value) {
            platform.write(processor, space, address, size, value);
        }

        @Override
        public long timestamp(Processor processor) {
            return platform.timestamp(processor);
        }

        @Override
        public long random(Processor processor) {
            return platform.random(processor);
        }

        @Override
        public long nextAttention(Processor processor) {
            return platform.nextAttention(processor);
        }

        @Override
        public Arrival arrival(Processor processor) {
            return platform.arrival(processor);
        }

        @Override
        public void idle(Processor processor) {
            console.flush();
            platform.idle(processor);
        }
    }
}
