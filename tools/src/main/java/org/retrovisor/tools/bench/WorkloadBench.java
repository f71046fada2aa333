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
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
     * @param seconds while recording
     * @param runSeconds without
     * @param qemuSeconds of plain TCG; NaN when that was not measured
     * @param right whether the guest's check value was the host's each time
     */
    public record Workload(
            String name, double seconds, double runSeconds, double qemuSeconds, double hostSeconds, boolean right) {}

    /** What one run printed: by workload, its seconds and its check value. */
    record Printed(double seconds, String check) {}

    private final String engine;
    private final int laps;
    private final LinuxGuest guest;
    private final Path program;
    private final Path folder;

    private WorkloadBench(String engine, int laps, LinuxGuest guest, Path program, Path folder) {
        this.engine = engine;
        this.laps = laps;
        this.guest = guest;
        this.program = program;
        this.folder = folder;
    }

    /**
     * Measures.
     *
     * @param engine the name of the engine
     * @param rounds how often everything is run
     * @param laps how often the guest runs the program each time; of several the first does not count, so that what is measured is warm
     * @param qemu measures QEMU in the same rounds; null for not at all
     * @param progress gets a line for each thing that is begun
     */
    public static List<Workload> measure(
            String engine, int rounds, int laps, QemuBench qemu, Consumer<String> progress) {
        try {
            LinuxGuests guests = new LinuxGuests(progress);
            Path folder = Files.createTempDirectory("retrovisor-workloads");
            try {
                return new WorkloadBench(engine, laps, guests.bench(), guests.benchProgram(), folder)
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

    /** What each printed in one round, by workload; nothing of QEMU where that is not measured. */
    private record Round(
            Map<String, Printed> host, Map<String, Printed> running, Map<String, Printed> recording,
            Map<String, Printed> qemu) {}

    private List<Workload> rounds(int count, QemuBench qemu, Consumer<String> progress)
            throws IOException, InterruptedException {
        List<Round> rounds = new ArrayList<>();
        for (int number = 1; number <= count; number++) {
            progress.accept("round %d of %d: host, running, recording%s".formatted(number, count,
                    qemu == null ? "" : ", QEMU"));
            rounds.add(round(number, qemu));
        }
        return rounds.getFirst().host.keySet().stream().map(name -> workload(name, rounds)).toList();
    }

    /** Whoever comes second finds the host's memory warm, so running and recording take turns. */
    private Round round(int number, QemuBench qemu) throws IOException, InterruptedException {
        Map<String, Printed> host = printed(onHost());
        boolean recordFirst = number % 2 != 0;
        Map<String, Printed> first = printed(recordFirst ? recorded() : run());
        Map<String, Printed> second = printed(recordFirst ? run() : recorded());
        BenchGuest same = new BenchGuest(guest.kernel(), guest.initramfs(), commandLine(), MEMORY);
        Map<String, Printed> others = qemu == null ? Map.of() : printed(qemu.console(same, folder));
        return new Round(host, recordFirst ? second : first, recordFirst ? first : second, others);
    }

    private static Workload workload(String name, List<Round> rounds) {
        Set<String> checks = rounds.stream()
                .flatMap(round -> Stream.of(round.host, round.running, round.recording))
                .map(printed -> printed.containsKey(name) ? printed.get(name).check : "missing")
                .collect(Collectors.toSet());
        return new Workload(name, median(name, rounds, Round::recording), median(name, rounds, Round::running),
                median(name, rounds, Round::qemu), median(name, rounds, Round::host), checks.size() == 1);
    }

    /** NaN if that did not print it. */
    private static double median(String name, List<Round> rounds, Function<Round, Map<String, Printed>> whose) {
        return CrashBench.median(rounds, round -> {
            Printed printed = whose.apply(round).get(name);
            return printed == null ? Double.NaN : printed.seconds;
        });
    }

    private String commandLine() {
        return guest.commandLine() + " quiet laps=" + laps;
    }

    private String recorded() throws IOException {
        Path trace = folder.resolve("recorded.rv");
        String console = live("record", "-o", trace.toString());
        Folders.delete(trace);
        return console;
    }

    private String run() {
        return live("run");
    }

    private String live(String command, String... more) {
        List<String> arguments = new ArrayList<>(List.of(command, "--engine", engine, "--kernel",
                guest.kernel().toString(), "--initrd", guest.initramfs().toString(), "--append", commandLine(),
                "--memory", MEMORY));
        arguments.addAll(List.of(more));
        return OwnProcess.output(arguments);
    }

    private String onHost() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(program.toString()).redirectError(Redirect.DISCARD).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    /** By workload; of several laps the median of all but the first. */
    static Map<String, Printed> printed(String console) {
        Map<String, List<Printed>> laps = new LinkedHashMap<>();
        Matcher matcher = LINE.matcher(console.replace("\r", ""));
        while (matcher.find()) {
            laps.computeIfAbsent(matcher.group(1), name -> new ArrayList<>())
                    .add(new Printed(Double.parseDouble(matcher.group(2)), matcher.group(3)));
        }
        Map<String, Printed> workloads = new LinkedHashMap<>();
        laps.forEach((name, all) -> workloads.put(name, warm(all)));
        return workloads;
    }

    private static Printed warm(List<Printed> laps) {
        List<Printed> warm = laps.size() > 1 ? laps.subList(1, laps.size()) : laps;
        String checks = laps.stream().map(Printed::check).distinct().collect(Collectors.joining(" and "));
        return new Printed(CrashBench.median(warm, Printed::seconds), checks);
    }
}
