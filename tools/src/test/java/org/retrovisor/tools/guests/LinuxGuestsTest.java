package org.retrovisor.tools.guests;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LinuxGuestsTest {
    private static final String KERNEL_PACKAGE = "linux-image-9.9.0-1-cloud-amd64";
    private static final HostPrograms.Result DONE = new HostPrograms.Result(0, "");

    @TempDir
    Path directory;

    private final List<String> commands = new ArrayList<>();
    private boolean listsArePresent = true;
    private boolean networkIsUp = true;

    @Test
    void theCrashGuestIsDebiansKernelAndAnInitramfsThatCrashesIt() throws Exception {
        Programs.requireInstalled("dpkg-deb", "cpio");
        LinuxGuest guest = guests(this::debian, false).crash();
        assertEquals("a kernel", Files.readString(guest.kernel()));
        assertEquals("console=ttyS0 panic=-1 nokaslr", guest.commandLine());
        Path tree = extract(guest.initramfs());
        assertEquals("a shell", Files.readString(tree.resolve("bin/busybox")));
        assertTrue(Files.isExecutable(tree.resolve("bin/busybox")));
        assertTrue(Files.isExecutable(tree.resolve("init")));
        assertTrue(Files.readString(tree.resolve("init")).endsWith("echo c > /proc/sysrq-trigger\n"));
    }

    @Test
    void aSecondTimeNoProgramIsRun() throws Exception {
        Programs.requireInstalled("dpkg-deb");
        LinuxGuest first = guests(this::debian, false).crash();
        LinuxGuest second = guests((folder, limit, command) -> {
            throw new AssertionError("ran " + command);
        }, false).crash();
        assertEquals(first, second);
    }

    @Test
    void theBenchGuestHoldsAProgramBuiltOnTheHost() throws Exception {
        Programs.requireInstalled("dpkg-deb", "cpio");
        LinuxGuest guest = guests(this::debian, false).bench();
        Path tree = extract(guest.initramfs());
        assertEquals("a program", Files.readString(tree.resolve("guestbench")));
        assertTrue(Files.readString(tree.resolve("init")).contains("do /guestbench;"));
    }

    @Test
    void theBenchmarksSourceComesWithTheTool() throws IOException {
        byte[] source = Files.readAllBytes(Path.of("src/main/guest/bench/guestbench.c"));
        try (var in = LinuxGuests.class.getResourceAsStream("/org/retrovisor/tools/guest/guestbench.c")) {
            assertArrayEquals(source, in.readAllBytes());
        }
    }

    @Test
    void withoutAptOneSentenceSaysWhatToDoInstead() {
        var failure = assertThrows(GuestUnavailableException.class, () -> guests((folder, limit, command) -> {
            throw new IOException("No such file or directory");
        }, false).crash());
        assertEquals(
                "can't run apt-cache, which fetches the guest (is this Debian?); bring a kernel and an initramfs of"
                        + " your own: retrovisor record --kernel FILE --initrd FILE",
                failure.getMessage());
    }

    @Test
    void withoutGccOneSentenceSaysWhatToInstall() {
        var failure = assertThrows(GuestUnavailableException.class, () -> guests((folder, limit, command) -> {
            throw new IOException("No such file or directory");
        }, false).bench());
        assertEquals("can't run gcc; install gcc and libc6-dev to run the guest's benchmark", failure.getMessage());
    }

    @Test
    void offlineTheMessageRepeatsWhatAptSaid() {
        networkIsUp = false;
        var failure = assertThrows(GuestUnavailableException.class, () -> guests(this::debian, true).crash());
        assertTrue(failure.getMessage().startsWith("apt can't download " + KERNEL_PACKAGE + " and busybox-static"
                + " (E: Temporary failure resolving); bring "), failure.getMessage());
        assertFalse(failure.getMessage().contains("\n"));
    }

    @Test
    void missingPackageListsAreUpdatedOnlyWherePermitted() throws Exception {
        Programs.requireInstalled("dpkg-deb");
        listsArePresent = false;
        var failure = assertThrows(GuestUnavailableException.class, () -> guests(this::debian, false).crash());
        assertTrue(failure.getMessage().startsWith("apt knows no package linux-image-cloud-amd64"),
                failure.getMessage());
        assertFalse(commands.contains("apt-get update -qq"));
        guests(this::debian, true).crash();
        assertTrue(commands.contains("apt-get update -qq"));
    }

    @Test
    void theKernelIsTheOneThatTheFlavoursPackageDependsOn() {
        String depends = "linux-image-cloud-amd64\n  Depends: linux-image-6.1.0-50-cloud-amd64\n    other\n";
        assertEquals(Optional.of("linux-image-6.1.0-50-cloud-amd64"), DebianPackages.kernelPackage(depends));
        assertEquals(Optional.empty(), DebianPackages.kernelPackage("E: No packages found\n"));
    }

    @Test
    void aProgramThatDoesNotEndIsStopped() throws Exception {
        HostPrograms.Result result = HostPrograms.real().run(directory, Duration.ofMillis(50), List.of("sleep", "60"));
        assertFalse(result.succeeded());
        assertEquals("not finished after 0 seconds", result.lastLine());
    }

    private LinuxGuests guests(HostPrograms programs, boolean mayUpdate) {
        return new LinuxGuests(new GuestCache(directory.resolve("cache")), programs, mayUpdate, line -> {});
    }

    /** A host with Debian's tools: apt is played, dpkg-deb is real. */
    private HostPrograms.Result debian(Path folder, Duration limit, List<String> command)
            throws IOException, InterruptedException {
        String line = String.join(" ", command);
        commands.add(line);
        return switch (command.getFirst() + " " + command.get(1)) {
            case "apt-cache depends" -> new HostPrograms.Result(0, listsArePresent
                    ? "linux-image-cloud-amd64\n  Depends: " + KERNEL_PACKAGE + "\n"
                    : "E: No packages found\n");
            case "apt-get update" -> {
                listsArePresent = true;
                yield DONE;
            }
            case "apt-get download" -> {
                if (!networkIsUp) {
                    yield new HostPrograms.Result(100, "E: Temporary failure resolving\n\n");
                }
                assertEquals("apt-get download -qq " + KERNEL_PACKAGE + " busybox-static", line);
                makePackage(folder, KERNEL_PACKAGE, "boot/vmlinuz-9.9.0", "a kernel");
                makePackage(folder, "busybox-static", "bin/busybox", "a shell");
                yield DONE;
            }
            case "gcc -O2" -> {
                Files.writeString(folder.resolve("guestbench"), "a program");
                yield DONE;
            }
            default -> HostPrograms.real().run(folder, limit, command);
        };
    }

    private void makePackage(Path target, String name, String file, String contents)
            throws IOException, InterruptedException {
        Path tree = Files.createDirectories(directory.resolve("package-" + name));
        Files.createDirectories(tree.resolve("DEBIAN"));
        Files.writeString(tree.resolve("DEBIAN/control"),
                "Package: " + name + "\nVersion: 1\nArchitecture: amd64\nMaintainer: us\nDescription: test\n");
        Files.createDirectories(tree.resolve(file).getParent());
        Files.writeString(tree.resolve(file), contents);
        Programs.run(directory, List.of("dpkg-deb", "--root-owner-group", "-b", tree.toString(),
                target.resolve(name + "_1_amd64.deb").toString()));
    }

    private Path extract(Path initramfs) throws IOException, InterruptedException {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(initramfs)))) {
            Files.write(directory.resolve("archive"), in.readAllBytes());
        }
        Path tree = Files.createDirectory(directory.resolve("tree"));
        String archive = directory.resolve("archive").toString();
        Programs.run(tree, List.of("cpio", "-id", "--quiet", "-F", archive, "init", "bin", "bin/*", "guestbench"));
        return tree;
    }
}
