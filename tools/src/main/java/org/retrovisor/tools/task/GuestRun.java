package org.retrovisor.tools.task;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.boot.BootException;
import org.retrovisor.monitor.boot.NotEnoughMemoryException;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.translator.Translator;
import org.retrovisor.recorder.Recorder;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.Version;
import org.retrovisor.tools.live.GuestSettings;
import org.retrovisor.tools.live.LiveGuest;
import org.retrovisor.tools.terminal.Interrupts;
import org.retrovisor.tools.terminal.Surroundings;
import org.retrovisor.trace.proto.ClockMode;
import org.retrovisor.trace.proto.MachineConfiguration;
import org.retrovisor.trace.proto.Manifest;

/** One live run of a guest, recorded or not, with its console on given streams. */
public final class GuestRun {
    private final GuestSource source;
    private final Engine.Factory engines;
    private final Surroundings surroundings;
    private final OutputStream console;
    private volatile LiveGuest guest;

    /**
     * @param console where the guest's console output goes
     * @param surroundings where the guest's input comes from
     */
    public GuestRun(GuestSource source, Engine.Factory engines, OutputStream console, Surroundings surroundings) {
        this.source = source;
        this.engines = engines;
        this.console = console;
        this.surroundings = surroundings;
    }

    /** Runs the guest to its end. */
    public RunResult run() {
        try (Interrupts interrupts = Interrupts.handle(this::interrupt)) {
            load(boundary -> boundary, interrupts);
            try (LiveGuest loaded = guest) {
                return result(execute(), interrupts, null);
            }
        }
    }

    /**
     * Runs the guest to its end and records it.
     *
     * @throws org.retrovisor.trace.TraceException when the output exists or cannot be written; a guest is not started then
     */
    public RunResult record(Path output) {
        try (Interrupts interrupts = Interrupts.handle(this::interrupt); Recording recording = new Recording(output)) {
            load(recording::between, interrupts);
            try (LiveGuest loaded = guest) {
                return recording.run(interrupts);
            }
        }
    }

    private void interrupt() {
        LiveGuest running = guest;
        if (running != null) {
            running.stop(StopReason.USER);
        }
    }

    private void load(UnaryOperator<Boundary> between, Interrupts interrupts) {
        try {
            guest = new LiveGuest(source.settings(), console, engines, between);
            if (interrupts.interrupted()) {
                interrupt(); // it came when there was no guest to stop
            }
        } catch (NotEnoughMemoryException e) {
            throw new ToolException(ExitCode.TOO_LITTLE_MEMORY, e.getMessage() + "; give more with --memory", e);
        } catch (BootException e) {
            throw new ToolException(ExitCode.BAD_GUEST, e.getMessage(), e);
        }
    }

    /** Why and when a run ended. */
    private record Ending(StopReason reason, String detail, long nanos) {}

    private Ending execute() {
        try (Keyboard keyboard = Keyboard.connect(guest, surroundings)) {
            long start = System.nanoTime();
            StopReason reason = guest.run();
            return new Ending(reason, detail(reason), System.nanoTime() - start);
        }
    }

    private String detail(StopReason reason) {
        if (reason == StopReason.DEBUG_EXIT) {
            return "value " + guest.platform().debugExitValue();
        }
        return guest.platform().panicReported() ? "after it reported a kernel panic" : "";
    }

    private RunResult result(Ending ending, Interrupts interrupts, RunResult.Recorded recorded) {
        return new RunResult(ending.reason(), ending.detail(), guest.machine().moment(), ending.nanos(),
                guest.consoleBytes(), unknown(), guest.machine().engine().figures(), interrupts.interrupted(),
                recorded);
    }

    private Map<String, Long> unknown() {
        return switch (guest.machine().engine()) {
            case Interpreter interpreter -> interpreter.unknownInstructions().counts();
            case Translator translator -> translator.interpreter().unknownInstructions().counts();
            default -> Map.of();
        };
    }

    /** The trace that is being written around a run. */
    private final class Recording implements AutoCloseable {
        private final Path output;
        private Recorder recorder;

        Recording(Path output) {
            this.output = output;
        }

        Boundary between(Boundary live) {
            recorder = Recorder.create(output, live);
            return recorder.boundary();
        }

        RunResult run(Interrupts interrupts) {
            recorder.begin(guest.machine(), configuration(), source.images(), Version.TEXT,
                    System.currentTimeMillis());
            Ending ending = execute();
            Manifest manifest = recorder.finish(guest.machine(), ending.reason(), ending.detail(),
                    guest.consoleBytes(), ending.nanos() / 1_000_000);
            return result(ending, interrupts, recorded(manifest));
        }

        private RunResult.Recorded recorded(Manifest manifest) {
            String digest = HexFormat.of().formatHex(manifest.getEnd().getFinalDigest().toByteArray());
            return new RunResult.Recorded(output, manifest.getEnd().getEventCount(), recorder.logBytes(),
                    recorder.traceBytes(), digest);
        }

        @Override
        public void close() {
            if (recorder != null) {
                recorder.close();
            }
        }
    }

    private MachineConfiguration configuration() {
        GuestSettings settings = source.settings();
        boolean steps = settings.clock() == GuestSettings.Clock.STEPS;
        return MachineConfiguration.newBuilder()
                .setMemoryBytes(settings.memoryBytes())
                .setProcessors(settings.processors())
                .setProcessorModel(settings.model().traceName())
                .setProcessorModelVersion(ModelChange.currentVersion())
                .setClock(steps ? ClockMode.CLOCK_STEPS : ClockMode.CLOCK_HOST)
                .setCommandLine(settings.commandLine())
                .build();
    }
}
