package org.retrovisor.tools.conformance;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.retrovisor.tools.guests.GuestUnavailableException;
import org.retrovisor.tools.guests.HostPrograms;

/** Debian packages unpacked into folders; nothing is installed on the host. */
final class SourcePackages {
    private static final Duration NETWORK_LIMIT = Duration.ofMinutes(20);
    private static final Duration LOCAL_LIMIT = Duration.ofMinutes(5);
    private static final String REMEDY = "this command needs Debian's packages, and `apt-get update` beforehand";

    private final HostPrograms programs;

    SourcePackages(HostPrograms programs) {
        this.programs = programs;
    }

    /** Downloads packages and unpacks them into a folder. */
    void unpack(List<String> packages, Path tree) throws IOException, InterruptedException, GuestUnavailableException {
        Path work = Files.createTempDirectory(tree.getParent(), "packages-");
        List<String> command = new ArrayList<>(List.of("apt-get", "download", "-qq"));
        command.addAll(packages);
        run("apt can't download " + String.join(", ", packages), work, NETWORK_LIMIT, command);
        for (Path file : matching(work, "*.deb")) {
            run("dpkg-deb can't unpack " + file.getFileName(), work, LOCAL_LIMIT,
                    List.of("dpkg-deb", "-x", file.toString(), tree.toString()));
            Files.delete(file);
        }
    }

    /** Takes what a suite asks for out of the archive in its package. */
    void unpackSuite(Suite suite, Path folder) throws IOException, InterruptedException, GuestUnavailableException {
        Path tree = Files.createTempDirectory(folder.getParent(), "tree-");
        unpack(List.of(suite.sourcePackage()), tree);
        Path pattern = Path.of(suite.archive());
        List<Path> archives = matching(tree.resolve(pattern).getParent(), pattern.getFileName().toString());
        if (archives.size() != 1) {
            throw new GuestUnavailableException(suite.sourcePackage() + " holds no " + pattern, REMEDY);
        }
        List<String> command = new ArrayList<>(List.of("tar", "-xf", archives.getFirst().toString(), "--wildcards"));
        command.addAll(suite.members());
        run("tar can't unpack " + suite.sourcePackage(), folder, LOCAL_LIMIT, command);
    }

    private void run(String problem, Path folder, Duration limit, List<String> command)
            throws InterruptedException, GuestUnavailableException {
        try {
            HostPrograms.Result result = programs.run(folder, limit, command);
            if (!result.succeeded()) {
                throw new GuestUnavailableException(problem + " (" + result.lastLine() + ")", REMEDY);
            }
        } catch (IOException e) {
            throw new GuestUnavailableException("can't run " + command.getFirst(), REMEDY);
        }
    }

    private static List<Path> matching(Path folder, String glob) throws IOException {
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> matcher.matches(file.getFileName())).sorted().toList();
        }
    }
}
