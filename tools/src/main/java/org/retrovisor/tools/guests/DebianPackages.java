package org.retrovisor.tools.guests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Takes Debian's cloud kernel and its static busybox out of their packages; nothing is installed on the host. */
final class DebianPackages {
    /** The package that depends on the newest kernel of the flavour. */
    static final String KERNEL = "linux-image-cloud-amd64";

    static final String BUSYBOX = "busybox-static";

    private static final String REMEDY = "bring a kernel and an initramfs of your own:"
            + " retrovisor record --kernel FILE --initrd FILE";
    private static final Duration NETWORK_LIMIT = Duration.ofMinutes(5);
    private static final Duration LOCAL_LIMIT = Duration.ofMinutes(2);

    private final HostPrograms programs;
    private final boolean mayUpdate;

    /**
     * @param programs what to run apt and dpkg with
     * @param mayUpdate whether {@code apt-get update} may be tried, which takes root
     */
    DebianPackages(HostPrograms programs, boolean mayUpdate) {
        this.programs = programs;
        this.mayUpdate = mayUpdate;
    }

    /** Puts {@code vmlinuz}, {@code busybox} and a list of the packages they came from into a folder. */
    void unpackInto(Path folder) throws IOException, InterruptedException, GuestUnavailableException {
        Path work = Files.createTempDirectory(folder.getParent(), "packages-");
        download(work);
        Path tree = Files.createDirectory(work.resolve("tree"));
        List<Path> packages = list(work, "*.deb");
        for (Path file : packages) {
            requireSuccess("dpkg-deb can't unpack " + file.getFileName(),
                    run(work, LOCAL_LIMIT, "dpkg-deb", "-x", file.toString(), tree.toString()));
        }
        Files.move(find(tree, "boot", "vmlinuz-*"), folder.resolve("vmlinuz"), StandardCopyOption.REPLACE_EXISTING);
        Path busybox = Files.exists(tree.resolve("bin/busybox")) ? tree.resolve("bin") : tree.resolve("usr/bin");
        Files.move(find(tree, tree.relativize(busybox).toString(), "busybox"), folder.resolve("busybox"));
        Files.write(folder.resolve("packages.txt"),
                packages.stream().map(file -> file.getFileName().toString()).sorted().toList());
        GuestCache.delete(work);
    }

    /** Downloads both packages; the lists of packages may be missing or too old, so an update gets one chance. */
    private void download(Path work) throws IOException, InterruptedException, GuestUnavailableException {
        Optional<String> problem = tryDownload(work);
        if (problem.isPresent() && mayUpdate) {
            run(work, NETWORK_LIMIT, "apt-get", "update", "-qq");
            problem = tryDownload(work);
        }
        if (problem.isPresent()) {
            throw new GuestUnavailableException(problem.get(), REMEDY);
        }
    }

    /** Returns what went wrong, or nothing. */
    private Optional<String> tryDownload(Path work)
            throws IOException, InterruptedException, GuestUnavailableException {
        Optional<String> kernel = kernelPackage(run(work, LOCAL_LIMIT, "apt-cache", "depends", KERNEL).output());
        if (kernel.isEmpty()) {
            return Optional
                    .of("apt knows no package " + KERNEL + " (it is Debian's, and takes `apt-get update` first)");
        }
        HostPrograms.Result result = run(work, NETWORK_LIMIT, "apt-get", "download", "-qq", kernel.get(), BUSYBOX);
        return result.succeeded()
                ? Optional.empty()
                : Optional
                        .of("apt can't download " + kernel.get() + " and " + BUSYBOX + " (" + result.lastLine() + ")");
    }

    /** The kernel that the flavour's package depends on, from apt-cache's list. */
    static Optional<String> kernelPackage(String depends) {
        String prefix = "Depends: ";
        return depends.lines().map(String::strip)
                .filter(line -> line.startsWith(prefix + "linux-image-"))
                .map(line -> line.substring(prefix.length()))
                .findFirst();
    }

    private HostPrograms.Result run(Path directory, Duration limit, String... command)
            throws InterruptedException, GuestUnavailableException {
        try {
            return programs.run(directory, limit, List.of(command));
        } catch (IOException e) {
            throw new GuestUnavailableException(
                    "can't run " + command[0] + ", which fetches the guest (is this Debian?)", REMEDY);
        }
    }

    private static void requireSuccess(String problem, HostPrograms.Result result) throws GuestUnavailableException {
        if (!result.succeeded()) {
            throw new GuestUnavailableException(problem + " (" + result.lastLine() + ")", REMEDY);
        }
    }

    private static Path find(Path tree, String folder, String glob) throws IOException, GuestUnavailableException {
        Path where = tree.resolve(folder);
        List<Path> found = Files.isDirectory(where) ? list(where, glob) : List.of();
        if (found.size() != 1) {
            throw new GuestUnavailableException("the packages hold no " + folder + "/" + glob, REMEDY);
        }
        return found.getFirst();
    }

    private static List<Path> list(Path folder, String glob) throws IOException {
        try (var files = Files.newDirectoryStream(folder, glob)) {
            return StreamSupport.stream(files.spliterator(), false).sorted().toList();
        }
    }
}
