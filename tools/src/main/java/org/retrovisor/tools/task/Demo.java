package org.retrovisor.tools.task;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.StopPoint;
import org.retrovisor.replay.StopPoints;
import org.retrovisor.replay.Timeline;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.report.Figures;
import org.retrovisor.tools.report.Progress;
import org.retrovisor.tools.terminal.Surroundings;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

/** The tour: record a crash, replay it, walk backward from it to its cause. */
public final class Demo {
    private static final String TOUR = "/org/retrovisor/tools/guest/tour.gdb";
    private static final String LINUX_TOUR = "/org/retrovisor/tools/guest/linux-tour.gdb";
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress("127.0.0.1", 0);
    private static final int LAST_LINES = 12;

    private final GuestSource source;
    private final boolean linux;
    private final Engine.Factory engines;
    private final Surroundings surroundings;
    private final Consumer<String> say;

    /**
     * @param linux whether the guest is Debian's kernel, or the embedded one
     * @param say takes one line for people
     */
    public Demo(
            GuestSource source,
            boolean linux,
            Engine.Factory engines,
            Surroundings surroundings,
            Consumer<String> say) {
        this.source = source;
        this.linux = linux;
        this.engines = engines;
        this.surroundings = surroundings;
        this.say = say;
    }

    /** Takes the tour; the trace stays where it says. */
    public ExitCode run(Path output) throws IOException, InterruptedException {
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        RunResult recorded = record(output, console);
        if (recorded.interrupted()) {
            return ExitCode.INTERRUPTED;
        }
        try (Trace trace = Traces.open(output)) {
            if (!replay(trace, console.toByteArray())) {
                return ExitCode.DIVERGED;
            }
            walkBack(trace, console.toString(StandardCharsets.ISO_8859_1));
        }
        say.accept("");
        say.accept("The recording is " + output + ". Go on with:");
        say.accept("  ./retrovisor debug " + output
                + "        gdb at the crash: try reverse-stepi, watch, reverse-continue");
        say.accept("  ./retrovisor replay " + output + "       the same run again, verified");
        say.accept("  ./retrovisor pack " + output + " -o crash.rvz      one file to send as the bug report");
        return ExitCode.OK;
    }

    private RunResult record(Path output, ByteArrayOutputStream console) {
        say.accept("1. Recording "
                + (linux ? "Debian's kernel until it panics." : "a small kernel with a race until it crashes."));
        OutputStream both = new Tee(surroundings.out(), console);
        RunResult result = new GuestRun(source, engines, both, surroundings).record(output);
        say.accept("It ended after %s instructions: %s. The event log has %s."
                .formatted(Figures.count(result.instructions()), result.reason().sentence(),
                        Figures.bytes(result.recorded().logBytes())));
        return result;
    }

    private boolean replay(Trace trace, byte[] recordedConsole) {
        say.accept("");
        say.accept("2. Replaying it from the trace alone: interrupts, timestamps and port reads come from the log.");
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        ReplayResult result = new Replay(trace, engines, console).run(Progress.NONE);
        boolean same = result.verification() == ReplayResult.Verification.SAME
                && java.util.Arrays.equals(console.toByteArray(), recordedConsole);
        say.accept(same
                ? "Same console output, byte for byte; same registers and RAM, digest %s...".formatted(
                        result.finalDigest().substring(0, 16))
                : "The replay differs from the recording: this is a fault of Retrovisor.");
        return same;
    }

    private void walkBack(Trace trace, String console) throws IOException, InterruptedException {
        say.accept("");
        boolean gdb = Gdb.isInstalled(surroundings.environment());
        say.accept(
                "3. Walking backward from the crash" + (gdb ? " with gdb." : "; gdb is not installed, so without it."));
        try (DebugSession session = DebugSession.open(trace, engines, Long.MAX_VALUE, Progress.NONE, () -> false)) {
            if (gdb) {
                gdbTour(trace, session);
            } else {
                plainTour(session.timeline(), console);
            }
        }
    }

    private void gdbTour(Trace trace, DebugSession session) throws IOException, InterruptedException {
        Path script = Files.createTempFile("retrovisor-tour", ".gdb");
        try (GuestSymbols symbols = GuestSymbols.of(trace, session.timeline(), say);
                InputStream in = Demo.class.getResourceAsStream(linux ? LINUX_TOUR : TOUR)) {
            Files.write(script, withEchoes(in.readAllBytes()));
            List<String> more = new ArrayList<>(List.of("-nx", "-batch"));
            List<String> command = new ArrayList<>(
                    Gdb.find("gdb", surroundings.environment()).command(session.serve(ANY_PORT), symbols, more));
            command.addAll(List.of("-x", script.toString()));
            Process process = new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .start();
            process.getInputStream().transferTo(surroundings.out());
            if (process.waitFor() != 0) {
                throw new ToolException(ExitCode.MISSING_TOOL, "gdb ended with " + process.exitValue());
            }
        } finally {
            Files.delete(script);
        }
    }

    /** gdb does not show the commands of a script; people want to see them. */
    private static List<String> withEchoes(byte[] script) {
        List<String> lines = new ArrayList<>();
        for (String line : new String(script, StandardCharsets.UTF_8).lines().toList()) {
            boolean silent = line.isBlank() || line.startsWith("echo ") || line.startsWith("set ")
                    || line.startsWith("#");
            if (!silent) {
                lines.add("echo (gdb) " + line + "\\n");
            }
            lines.add(line);
        }
        return lines;
    }

    /** Back to the instruction that faulted, and from there to who wrote the pointer that it followed. */
    private void plainTour(Timeline timeline, String console) {
        var fault = java.util.regex.Pattern.compile("page fault at 0x([0-9a-f]+)").matcher(console);
        if (!fault.find()) {
            for (int i = 0; i < LAST_LINES; i++) {
                timeline.stepBack(0, StopPoints.NONE, () -> false);
                place("one step back", timeline);
            }
            return;
        }
        long faulting = Long.parseUnsignedLong(fault.group(1), 16);
        timeline.continueBack(new StopPoints(List.of(new StopPoint.AtInstruction(faulting))), () -> false);
        place("the instruction that faulted", timeline);
        long pointer = timeline.machine().current().gpr[Processor.RBX] + Long.BYTES;
        StopPoints writes = new StopPoints(List.of(new StopPoint.AtAccess(pointer, Long.BYTES, false, true)));
        for (String who : List.of("wrote the null pointer", "wrote the right pointer", "wrote a tick number into it")) {
            if (timeline.continueBack(writes, () -> false).reason() != Outcome.Reason.STOP_POINT) {
                return;
            }
            place(who, timeline);
        }
    }

    private void place(String what, Timeline timeline) {
        say.accept("moment %s, rip 0x%x: %s".formatted(Figures.count(timeline.moment()),
                timeline.machine().current().gpr[Processor.RIP], what));
    }

    /** Writes to two streams. */
    private static final class Tee extends OutputStream {
        private final OutputStream first;
        private final OutputStream second;

        Tee(OutputStream first, OutputStream second) {
            this.first = first;
            this.second = second;
        }

        @Override
        public void write(int value) throws IOException {
            first.write(value);
            second.write(value);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            first.write(bytes, offset, length);
            second.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            first.flush();
        }
    }
}
