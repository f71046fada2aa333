package org.retrovisor.tools.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.task.Programs;

/** QEMU's own record and replay (TCG, instruction counting, one processor) on a guest, from process start to process end. */
public final class QemuBench {
    private static final String PROGRAM = "qemu-system-x86_64";
    private static final String OUTPUT = "qemu.out";
    private static final long LIMIT_SECONDS = 600;

    /** Seconds of the three kinds, and bytes of the log. */
    public record Result(double plainSeconds, double recordSeconds, double replaySeconds, double logBytes) {
        static Result median(List<Result> results) {
            return new Result(CrashBench.median(results, Result::plainSeconds),
                    CrashBench.median(results, Result::recordSeconds),
                    CrashBench.median(results, Result::replaySeconds), CrashBench.median(results, Result::logBytes));
        }
    }

    private final String program;

    private QemuBench(String program) {
        this.program = program;
    }

    /** Finds QEMU on the PATH; throws when it is not installed. */
    public static QemuBench find(Map<String, String> environment) {
        Path found = Programs.onPath(PROGRAM, environment);
        if (found == null) {
            throw new ToolException(ExitCode.MISSING_TOOL, "cannot find " + PROGRAM
                    + "; install QEMU (Debian: apt-get install qemu-system-x86) or leave --vs-qemu out");
        }
        return new QemuBench(found.toString());
    }

    Result measure(BenchGuest guest, Path folder) throws IOException {
        Path log = folder.resolve("qemu.rr");
        double plain = seconds(guest, folder, List.of());
        double record = seconds(guest, folder, List.of("-icount", "shift=auto,rr=record,rrfile=" + log));
        long bytes = Files.size(log);
        double replay = seconds(guest, folder, List.of("-icount", "shift=auto,rr=replay,rrfile=" + log));
        Files.delete(log);
        return new Result(plain, record, replay, bytes);
    }

    /** Runs a guest on plain TCG; returns what it wrote to its console. */
    String console(BenchGuest guest, Path folder) throws IOException {
        seconds(guest, folder, List.of());
        return Files.readString(folder.resolve(OUTPUT), StandardCharsets.ISO_8859_1);
    }

    private double seconds(BenchGuest guest, Path folder, List<String> more) throws IOException {
        List<String> command = new ArrayList<>(List.of(program, "-accel", "tcg", "-cpu", "qemu64", "-M", "pc", "-m",
                guest.memory(), "-nographic", "-no-reboot", "-net", "none", "-kernel", guest.kernel().toString(),
                "-append",
                guest.commandLine()));
        if (guest.initrd() != null) {
            command.addAll(List.of("-initrd", guest.initrd().toString()));
        }
        command.addAll(more);
        Path output = folder.resolve(OUTPUT);
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command).redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        await(process);
        return (System.nanoTime() - start) / 1e9;
    }

    private static void await(Process process) {
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new ToolException(ExitCode.INTERNAL, "QEMU did not end after 10 minutes; leave --vs-qemu out");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ToolException(ExitCode.INTERRUPTED, "interrupted; nothing was measured", e);
        } finally {
            process.destroyForcibly();
        }
    }
}
