package org.retrovisor.tools.guests;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;

/**
 * Linux guests made of Debian's unmodified cloud kernel and a small initramfs of ours. The first use downloads two
 * packages with apt (about 30 MB) and takes up to a minute; later ones only read the cache.
 */
public final class LinuxGuests {
    /** Serial console; reset at a panic, which ends a recording; kernel symbols at their link addresses. */
    public static final String COMMAND_LINE = "console=ttyS0 panic=-1 nokaslr";

    private static final String BENCH_SOURCE = "/org/retrovisor/tools/guest/guestbench.c";
    private static final Duration COMPILER_LIMIT = Duration.ofMinutes(2);

    /** Prints a few kernel symbols, so that a debugger without the kernel's symbol table has a place to start from. */
    private static final String CRASH_INIT = """
            #!/bin/busybox sh
            /bin/busybox mount -t proc proc /proc
            echo "guest-up $(/bin/busybox cat /proc/uptime)"
            /bin/busybox grep -E " (sysrq_handle_crash|run_init_process|panic|jiffies_64|__x64_sys_write)$" /proc/kallsyms
            echo c > /proc/sysrq-trigger
            """;

    private static final String BENCH_INIT = """
            #!/bin/busybox sh
            /bin/busybox mount -t proc proc /proc
            echo "guest-up $(/bin/busybox cat /proc/uptime)"
            lap=0
            while [ $lap -lt ${laps:-1} ]; do /guestbench; lap=$((lap + 1)); done
            echo "guest-done $(/bin/busybox cat /proc/uptime)"
            /bin/busybox poweroff -f
            """;

    private final GuestCache cache;
    private final HostPrograms programs;
    private final boolean mayUpdate;
    private final Consumer<String> progress;

    /** Guests in the user's cache; {@code progress} is told what takes long, in one line each. */
    public LinuxGuests(Consumer<String> progress) {
        this(GuestCache.ofUser(), HostPrograms.real(), "root".equals(System.getProperty("user.name")), progress);
    }

    LinuxGuests(GuestCache cache, HostPrograms programs, boolean mayUpdate, Consumer<String> progress) {
        this.cache = cache;
        this.programs = programs;
        this.mayUpdate = mayUpdate;
        this.progress = progress;
    }

    /** Boots to user space, prints a few symbols' addresses, and crashes the kernel by sysrq. */
    public LinuxGuest crash() throws IOException, InterruptedException, GuestUnavailableException {
        Path packages = packages();
        byte[] initramfs = initramfs(CRASH_INIT, Files.readAllBytes(packages.resolve("busybox")), null);
        return guest("crash", packages, initramfs);
    }

    /**
     * Boots to user space, runs the benchmark programs, once or as often as {@code laps=N} on the kernel's command line says, and powers off; needs
     * gcc on the host the first time.
     */
    public LinuxGuest bench() throws IOException, InterruptedException, GuestUnavailableException {
        byte[] program = Files.readAllBytes(benchProgram());
        Path packages = packages();
        byte[] initramfs = initramfs(BENCH_INIT, Files.readAllBytes(packages.resolve("busybox")), program);
        return guest("bench", packages, initramfs);
    }

    /** Debian's kernel. */
    public Path kernel() throws IOException, InterruptedException, GuestUnavailableException {
        return packages().resolve("vmlinuz");
    }

    /** Debian's static busybox. */
    public Path busybox() throws IOException, InterruptedException, GuestUnavailableException {
        return packages().resolve("busybox");
    }

    private Path packages() throws IOException, InterruptedException, GuestUnavailableException {
        return cache.entry("debian-cloud-amd64", folder -> {
            progress.accept("Fetching Debian's cloud kernel and busybox with apt ...");
            new DebianPackages(programs, mayUpdate).unpackInto(folder);
        });
    }

    private LinuxGuest guest(String name, Path packages, byte[] initramfs)
            throws IOException, InterruptedException, GuestUnavailableException {
        String file = name + ".cpio.gz";
        Path entry = cache.entry(name + "-" + digest(initramfs),
                folder -> Files.write(folder.resolve(file), initramfs));
        return new LinuxGuest(packages.resolve("vmlinuz"), entry.resolve(file), COMMAND_LINE);
    }

    /** A gzipped archive with /init, busybox, and the benchmark if there is one. */
    static byte[] initramfs(String init, byte[] busybox, byte[] benchmark) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CpioArchive archive = new CpioArchive(new GZIPOutputStream(bytes))) {
            archive.directory("bin", 0755);
            archive.directory("dev", 0755);
            archive.directory("proc", 0755);
            archive.characterDevice("dev/console", 0600, 5, 1);
            archive.file("init", 0755, init.getBytes(StandardCharsets.US_ASCII));
            archive.file("bin/busybox", 0755, busybox);
            if (benchmark != null) {
                archive.file("guestbench", 0755, benchmark);
            }
        }
        return bytes.toByteArray();
    }

    /** The benchmark program that the guest of {@link #bench} runs, as a file for the host. */
    public Path benchProgram() throws IOException, InterruptedException, GuestUnavailableException {
        byte[] source;
        try (InputStream in = LinuxGuests.class.getResourceAsStream(BENCH_SOURCE)) {
            source = in.readAllBytes();
        }
        Path entry = cache.entry("guestbench-" + digest(source), folder -> {
            Files.write(folder.resolve("guestbench.c"), source);
            compile(folder);
        });
        return entry.resolve("guestbench");
    }

    private void compile(Path folder) throws InterruptedException, GuestUnavailableException {
        String remedy = "install gcc and libc6-dev to run the guest's benchmark";
        HostPrograms.Result result;
        try {
            result = programs.run(folder, COMPILER_LIMIT,
                    List.of("gcc", "-O2", "-static", "guestbench.c", "-o", "guestbench", "-lm"));
        } catch (IOException e) {
            throw new GuestUnavailableException("can't run gcc", remedy);
        }
        if (!result.succeeded()) {
            throw new GuestUnavailableException("gcc can't build the benchmark (" + result.lastLine() + ")", remedy);
        }
    }

    /** Enough of a SHA-256 to tell entries of a cache apart. */
    private static String digest(byte[] bytes) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
