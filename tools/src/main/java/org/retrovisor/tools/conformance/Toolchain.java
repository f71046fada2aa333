package org.retrovisor.tools.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.retrovisor.tools.guests.GuestUnavailableException;
import org.retrovisor.tools.guests.HostPrograms;

/**
 * The host's gcc with the C library of Debian's packages for both sizes of code, so that nothing but gcc need be installed
 * and the guest gets the libraries that its programs were built with.
 */
final class Toolchain {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String MULTIARCH = "x86_64-linux-gnu";
    private static final List<String> LIBRARIES = List.of("libc.so.6", "libm.so.6", "libpthread.so.0", "librt.so.1",
            "libdl.so.2", "libgcc_s.so.1");

    private final HostPrograms programs;
    private final int major;

    private Toolchain(HostPrograms programs, int major) {
        this.programs = programs;
        this.major = major;
    }

    /** The host's compiler. */
    static Toolchain find(HostPrograms programs) throws InterruptedException, GuestUnavailableException {
        try {
            HostPrograms.Result result = programs.run(Path.of("."), LIMIT, List.of("gcc", "-dumpversion"));
            return new Toolchain(programs, Integer.parseInt(result.lastLine().replaceFirst("\\..*", "")));
        } catch (IOException | NumberFormatException e) {
            throw new GuestUnavailableException("can't run gcc", "install gcc to build the suites");
        }
    }

    /** The first number of the compiler's version. */
    int major() {
        return major;
    }

    /** The Debian packages of the C library. */
    List<String> packages() {
        return List.of("libc6", "libc6-dev", "linux-libc-dev", "libgcc-s1", "libc6-i386", "libc6-dev-i386",
                "lib32gcc-s1", "lib32gcc-" + major + "-dev");
    }

    /** Links with absolute targets, which mean the root that the packages are made for, are made relative. */
    static void relink(Path system) throws IOException {
        List<Path> links;
        try (Stream<Path> all = Files.walk(system)) {
            links = all.filter(Files::isSymbolicLink).toList();
        }
        for (Path link : links) {
            Path target = Files.readSymbolicLink(link);
            if (target.isAbsolute()) {
                Files.delete(link);
                Files.createSymbolicLink(link,
                        link.getParent().relativize(system.resolve(Path.of("/").relativize(target))));
            }
        }
        Path loader = system.resolve("lib/ld-linux.so.2");
        if (!Files.isSymbolicLink(loader)) {
            Files.createSymbolicLink(loader, Path.of("../lib32/ld-linux.so.2"));
        }
    }

    /** Builds a program; what went wrong, or nothing. */
    Optional<String> build(SuiteProgram program, Path system, Path output) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("gcc", "--sysroot=" + system, "-o", output.toString()));
        if (program.bits() == 32) {
            String own = system.resolve("usr/lib/gcc/" + MULTIARCH + "/" + major + "/32").toString();
            command.addAll(List.of("-m32", "-B" + own + "/", "-L" + own, "-L" + system.resolve("lib32"), "-idirafter",
                    system.resolve("usr/include/" + MULTIARCH).toString()));
        }
        command.addAll(program.arguments());
        HostPrograms.Result result = programs.run(program.folder(), LIMIT, command);
        return result.succeeded() ? Optional.empty() : Optional.of(problem(result));
    }

    private static String problem(HostPrograms.Result result) {
        return result.output().lines()
                .filter(line -> line.contains("error: ") || line.contains("undefined reference"))
                .map(String::strip)
                .findFirst()
                .orElse(result.lastLine());
    }

    /** The files that programs of either size need at run time: where the guest looks for them, and where they are. */
    static List<Path> libraries(Path system, int bits) throws IOException {
        List<Path> folders = bits == 32
                ? List.of(system.resolve("lib32"), system.resolve("usr/lib32"))
                : List.of(system.resolve("lib/" + MULTIARCH));
        List<Path> found = new ArrayList<>();
        for (String name : LIBRARIES) {
            Path file = folders.stream().map(folder -> folder.resolve(name)).filter(Files::exists).findFirst()
                    .orElseThrow(() -> new IOException("no " + name + " for " + bits + " bits in the packages"));
            found.add(file);
        }
        return found;
    }

    /** The dynamic loader for either size of code. */
    static Path loader(Path system, int bits) {
        return system.resolve(bits == 32 ? "lib32/ld-linux.so.2" : "lib/" + MULTIARCH + "/ld-linux-x86-64.so.2");
    }
}
