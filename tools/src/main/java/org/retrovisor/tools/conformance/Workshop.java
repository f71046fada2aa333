package org.retrovisor.tools.conformance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.retrovisor.tools.bench.OwnProcess;
import org.retrovisor.tools.guests.GuestCache;
import org.retrovisor.tools.guests.GuestUnavailableException;
import org.retrovisor.tools.guests.HostPrograms;
import org.retrovisor.tools.guests.LinuxGuests;
import org.retrovisor.tools.task.Folders;

/** Where suites are unpacked, built and run; what takes long is in the user's cache. */
final class Workshop {
    private static final Duration HOST_LIMIT = Duration.ofMinutes(1);
    private static final String NOT_BUILT = "not-built.tsv";

    private final GuestCache cache = GuestCache.ofUser();
    private final HostPrograms programs;
    private final Toolchain toolchain;
    private final SourcePackages packages;
    private final Consumer<String> progress;
    private Path built;

    Workshop(HostPrograms programs, Toolchain toolchain, Consumer<String> progress) {
        this.programs = programs;
        this.toolchain = toolchain;
        this.packages = new SourcePackages(programs);
        this.progress = progress;
    }

    /** The sources of a suite. */
    Path sources(Suite suite) throws IOException, InterruptedException, GuestUnavailableException {
        return cache.entry("suite-" + suite.sourcePackage(), folder -> {
            progress.accept("Fetching " + suite.sourcePackage() + " with apt ...");
            packages.unpackSuite(suite, folder);
        });
    }

    /** A package as it is, unpacked. */
    Path unpacked(String name) throws IOException, InterruptedException, GuestUnavailableException {
        return cache.entry("suite-" + name, folder -> {
            progress.accept("Fetching " + name + " with apt ...");
            packages.unpack(List.of(name), folder);
        });
    }

    /** Debian's kernel. */
    Path kernel() throws IOException, InterruptedException, GuestUnavailableException {
        return new LinuxGuests(progress).kernel();
    }

    private Path system() throws IOException, InterruptedException, GuestUnavailableException {
        return cache.entry("suite-system-" + toolchain.major(), folder -> {
            progress.accept("Fetching the C library for 32 and 64 bits with apt ...");
            packages.unpack(toolchain.packages(), folder);
            Toolchain.relink(folder);
        });
    }

    /** Builds programs; what went wrong, by the program's name. */
    Map<String, String> build(Suite suite, List<SuiteProgram> candidates)
            throws IOException, InterruptedException, GuestUnavailableException {
        Path system = system();
        built = cache.entry("suite-" + suite.name() + "-" + digest(candidates), folder -> buildInto(folder, suite,
                candidates, system));
        Map<String, String> problems = new TreeMap<>();
        for (String line : Files.readAllLines(built.resolve(NOT_BUILT))) {
            String[] columns = line.split("\t", 2);
            problems.put(columns[0], columns[1]);
        }
        return problems;
    }

    private void buildInto(Path folder, Suite suite, List<SuiteProgram> candidates, Path system)
            throws IOException, InterruptedException {
        progress.accept("Building the %d programs of %s ...".formatted(candidates.size(), suite.name()));
        List<String> problems = new ArrayList<>();
        try (ExecutorService workers = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
            List<Future<Optional<String>>> results = candidates.stream()
                    .map(program -> workers.submit(
                            () -> toolchain.build(program, system, folder.resolve(program.id()))))
                    .toList();
            for (int i = 0; i < results.size(); i++) {
                SuiteProgram program = candidates.get(i);
                results.get(i).get().ifPresent(problem -> problems.add(program.id() + "\t" + problem));
                if (i % 500 == 499) {
                    progress.accept("%d of %d built".formatted(i + 1, candidates.size()));
                }
            }
        } catch (ExecutionException e) {
            throw new IOException("the compiler could not be run: " + e.getCause().getMessage(), e);
        }
        Files.write(folder.resolve(NOT_BUILT), problems);
    }

    /**
     * Runs programs in a guest of their own; how each ended, by its name. By the steps clock, so that how long a program may take
     * is a number of instructions, and a host that is busy or stands still fails none.
     */
    Map<String, SuiteGuest.Ending> runInGuest(
            Suite suite, List<SuiteProgram> batch, String engine, String model)
            throws IOException, InterruptedException, GuestUnavailableException {
        LinuxGuests guests = new LinuxGuests(progress);
        Path folder = Files.createTempDirectory("retrovisor-" + suite.name());
        try {
            Path initramfs = folder.resolve("suite.cpio.gz");
            List<String> names = batch.stream().map(SuiteProgram::id).toList();
            Files.write(initramfs, SuiteGuest.initramfs(guests.busybox(), system(), built, names));
            return SuiteGuest.endings(OwnProcess.output(List.of("run", "--engine", engine, "--cpu", model, "--clock",
                    "steps", "--kernel", guests.kernel().toString(), "--initrd", initramfs.toString(), "--memory", "1G",
                    "--append",
                    LinuxGuests.COMMAND_LINE + " quiet")));
        } finally {
            Folders.delete(folder);
        }
    }

    /** Whether the host's processor passes a program. */
    boolean passesOnHost(Suite suite, SuiteProgram program)
            throws IOException, InterruptedException, GuestUnavailableException {
        Path libraries = Toolchain.libraries(system(), program.bits()).getFirst().getParent();
        return programs.run(built, HOST_LIMIT, List.of(Toolchain.loader(system(), program.bits()).toString(),
                "--library-path", libraries.toString(), built.resolve(program.id()).toString())).succeeded();
    }

    private static String digest(List<SuiteProgram> programs) {
        StringBuilder all = new StringBuilder();
        programs.forEach(program -> all.append(program.id()).append(program.arguments()).append('\n'));
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(all.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
