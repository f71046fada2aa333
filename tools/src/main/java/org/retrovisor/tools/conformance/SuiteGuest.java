package org.retrovisor.tools.conformance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.retrovisor.tools.guests.CpioArchive;

/** The initramfs that runs programs of a suite one after the other, and what its console says about them. */
final class SuiteGuest {
    private static final String INIT = """
            #!/bin/busybox sh
            B=/bin/busybox
            $B mount -t proc proc /proc
            $B mount -t sysfs sysfs /sys
            $B mount -t tmpfs tmpfs /tmp
            $B mount -t devtmpfs devtmpfs /dev
            export LD_LIBRARY_PATH=/lib64:/lib32
            cd /suite
            for program in $($B cat /programs)
            do
                echo "suite begin $program"
                $B timeout 300 ./$program </dev/null >/tmp/output 2>&1
                code=$?
                [ $code = 0 ] || $B tail -n 40 /tmp/output
                echo "suite end $program $code"
            done
            $B poweroff -f
            """;
    private static final Pattern RUN = Pattern
            .compile("^suite begin (\\S+)\n(.*?)(?:^suite end \\1 (\\d+)$|(?=^suite begin )|\\z)",
                    Pattern.MULTILINE | Pattern.DOTALL);

    private SuiteGuest() {}

    /** How a program ended in the guest; the code is -1 when the guest ended before it. */
    record Ending(int code, String output) {}

    /** A gzipped archive with the programs, which are found by their names in a folder. */
    static byte[] initramfs(Path busybox, Path system, Path folder, List<String> programs) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CpioArchive archive = new CpioArchive(new GZIPOutputStream(bytes))) {
            for (String name : List.of("bin", "dev", "proc", "sys", "tmp", "lib", "lib32", "lib64", "suite")) {
                archive.directory(name, 0755);
            }
            archive.characterDevice("dev/console", 0600, 5, 1);
            archive.file("init", 0755, INIT.getBytes(StandardCharsets.US_ASCII));
            archive.file("programs", 0644, String.join("\n", programs).getBytes(StandardCharsets.US_ASCII));
            archive.file("bin/busybox", 0755, Files.readAllBytes(busybox));
            for (int bits : new int[]{32, 64}) {
                addLibraries(archive, system, bits);
            }
            for (String program : programs) {
                archive.file("suite/" + program, 0755, Files.readAllBytes(folder.resolve(program)));
            }
        }
        return bytes.toByteArray();
    }

    private static void addLibraries(CpioArchive archive, Path system, int bits) throws IOException {
        Path loader = Toolchain.loader(system, bits);
        String folder = bits == 32 ? "lib32/" : "lib64/";
        archive.file((bits == 32 ? "lib/" : "lib64/") + loader.getFileName(), 0755, Files.readAllBytes(loader));
        for (Path library : Toolchain.libraries(system, bits)) {
            archive.file(folder + library.getFileName(), 0755, Files.readAllBytes(library));
        }
    }

    /** What the guest's console says, by program. */
    static Map<String, Ending> endings(String console) {
        Map<String, Ending> endings = new LinkedHashMap<>();
        Matcher run = RUN.matcher(console.replace("\r", ""));
        while (run.find()) {
            int code = run.group(3) == null ? -1 : Integer.parseInt(run.group(3));
            endings.put(run.group(1), new Ending(code, run.group(2).strip()));
        }
        return endings;
    }
}
