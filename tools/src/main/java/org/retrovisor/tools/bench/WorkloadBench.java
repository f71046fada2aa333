package org.retrovisor.tools.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.guests.GuestUnavailableException;
import org.retrovisor.tools.guests.LinuxGuest;
import org.retrovisor.tools.guests.LinuxGuests;
import org.retrovisor.tools.task.Folders;

/**
 * The benchmark program inside Debian, recorded by the host's clock: each of its workloads measures itself by the guest's
 * clock and prints a check value, which must be the one that the host gets. The same program on the host itself, and in QEMU.
 */
public final class WorkloadBench {
    private static final Pattern LINE = Pattern.compile("^bench (\\S+) +([0-9.]+) (\\d+)\\s*$", Pattern.MULTILINE);
    private static final String MEMORY = "512M";

    /**
     * One workload: medians of seconds, and its check values.
     *
     * @param qemuSeconds of plain TCG; NaN when that was not measured
     * @param right whether the guest's check value was the host's each time
     */
    public record Workload(String name, double seconds, double qemuSeconds, double hostSeconds, boolean right) {}

    /** What one run printed: by workload, its seconds and its check value. */
    private record Printed(double seconds, String check) {}

    private final String engine;
    private final LinuxGuest guest;
    private final Path program;
    private final Path folder;

    private WorkloadBench(String engine, LinuxGuest guest, Path program, Path folder) {
        this.engine = engine;
        this.guest = guest;
        this.program = program;
        this.folder = folder;
    }

    /**
     * Measures.
     *
     * @param engine the name of the engine
     * @param rounds how often everything is run
     * @param qemu measures QEMU in the same rounds; null for not at all
     * @param progress gets a line for each thing that is begun
     */
    public static List<Workload> measure(String engine, int rounds, QemuBench qemu, Consumer<String> progress) {
        try {
            LinuxGuests guests = new LinuxGuests(progress);
            Path folder = Files.createTempDirectory("retrovisor-workloads");
            try {
                return new WorkloadBench(engine, guests.bench(), guests.benchProgram(), folder)
                        .rounds(rounds, qemu, progress);
            } finally {
                Folders.delete(folder);
            }
        } catch (GuestUnavailableException e) {
            throw new ToolException(ExitCode.MISSING_TOOL, e.getMessage(), e);
        } catch (IOException e) {
            throw new ToolException(ExitCode.OUTPUT_UNWRITABLE, "cannot write temporary files: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ToolException(ExitCode.INTERRUPTED, "interrupted; nothing was measured", e);
        }
    }

    private List<Workload> rounds(int rounds, QemuBench qemu, Consumer<String> progress)
            throws IOException, InterruptedException {
        List<Map<String, Printed>> own = new ArrayList<>();
        List<Map<String, Printed>> other = new ArrayList<>();
        List<Map<String, Printed>> host = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            progress.accept("round %d of %d: host, recording%s".formatted(round, rounds, qemu == null ? "" : ", QEMU"));
            host.add(printed(onHost()));
            own.add(printed(recorded(round)));
            if (qemu != null) {
                BenchGuest same = new BenchGuest(guest.kernel(), guest.initramfs(), commandLine(), MEMORY);
                other.add(printed(qemu.console(same, folder)));
            }
        }
        List<Workload> workloads = new ArrayList<>();
        for (String name : host.getFirst().keySet()) {
            workloads.add(workload(name, own, other, host));
        }
        return workloads;
    }

    private Workload workload(
            String name, List<Map<String, Printed>> own, List<Map<String, Printed>> other,
            List<Map<String, Printed>> host) {
        TreeSet<String> checks = new TreeSet<>();
        own.forEach(run -> checks.add(run.containsKey(name) ? run.get(name).check : "missing"));
        checks.add(host.getFirst().get(name).check);
        return new Workload(name, median(name, own), other.isEmpty() ? Double.NaN : median(name, other),
                median(name, host), checks.size() == 1);
    }

    private static double median(String name, List<Map<String, Printed>> runs) {
        return CrashBench.median(runs, run -> run.containsKey(name) ? run.get(name).seconds : Double.NaN);
    }

    private String commandLine() {
        return guest.commandLine() + " quiet";
    }

    private String recorded(int round) throws IOException {
        Path trace = folder.resolve("round" + round + ".rv");
        String console = OwnProcess.output(List.of("record", "--engine", engine, "--kernel", guest.kernel().toString(),
                "--initrd", guest.initramfs().toString(), "--append", commandLine(), "--memory", MEMORY, "-o",
                trace.toString()));
        Folders.delete(trace);
        return console;
    }

    private String onHost() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(program.toString()).redirectError(Redirect.DISCARD).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    private static Map<String, Printed> printed(String console) {
        Map<String, Printed> workloads = new LinkedHashMap<>();
        Matcher matcher = LINE.matcher(console.replace("\r", ""));
        while (matcher.find()) {
            workloads.put(matcher.group(1), new Printed(Double.parseDouble(matcher.group(2)), matcher.group(3)));
        }
        return workloads;
    }
}
