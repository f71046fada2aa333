package org.retrovisor.tools.guests;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.replay.Timeline;
import org.retrovisor.replay.symbols.KernelElf;
import org.retrovisor.replay.symbols.KernelSymbols;
import org.retrovisor.replay.symbols.MachineView;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.cli.Invocation;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A real gdb on a recording of Debian's kernel that sysrq crashes: backward from the end to the write(2) that caused it.
 * Records twice, and fetches packages the first time: run with {@code -Dretrovisor.linux=true}.
 */
@EnabledIfSystemProperty(named = "retrovisor.linux", matches = "true")
class DebianWalkTest {
    @TempDir
    Path directory;

    private Path recording(String name, LinuxGuest guest, String commandLine) {
        Path trace = directory.resolve(name + ".rv");
        Invocation.of("record", "--kernel", guest.kernel(), "--initrd", guest.initramfs(), "--append", commandLine,
                "--memory", "512M", "-o", trace).succeeded();
        return trace;
    }

    /** What gdb says to commands, started by "debug" with the scripts and symbols that it gives. */
    private String gdb(Path trace, String commands, Object... options) throws Exception {
        Path said = directory.resolve("said.txt");
        Path script = Files.writeString(directory.resolve("commands.gdb"), "set width 0\n" + commands);
        Path program = Files.writeString(directory.resolve("gdb.sh"), """
                #!/bin/sh
                exec gdb -nx -batch "$@" -x %s > %s 2>&1
                """.formatted(script, said));
        assertTrue(program.toFile().setExecutable(true));
        Object[] all = new Object[options.length + 4];
        System.arraycopy(new Object[]{"debug", trace, "--gdb", program}, 0, all, 0, 4);
        System.arraycopy(options, 0, all, 4, options.length);
        Invocation.of(all).succeeded();
        return Files.readString(said);
    }

    private static void assertInOrder(String output, String... patterns) {
        int at = 0;
        for (String pattern : patterns) {
            var matcher = Pattern.compile(pattern).matcher(output);
            assertTrue(matcher.find(at), () -> "no \"" + pattern + "\" at its place in:\n" + output);
            at = matcher.end();
        }
    }

    @Test
    void commandsThatGoBackwardLeadFromTheEndToTheUsersWrite() throws Exception {
        Programs.requireInstalled("gdb");
        LinuxGuest guest = new LinuxGuests(line -> {}).crash();
        Path trace = recording("linked", guest, guest.commandLine());
        String output = gdb(trace, """
                backtrace
                tbreak panic
                reverse-continue
                backtrace
                reverse-finish
                reverse-finish
                reverse-finish
                reverse-finish
                reverse-finish
                reverse-finish
                reverse-finish
                reverse-finish
                reverse-finish
                reverse-finish
                reverse-finish
                reverse-finish
                reverse-step
                reverse-step
                echo the program:\\n
                backtrace
                x/i $pc
                print $rax
                print $rdx
                x/s $rsi
                stepi
                reverse-stepi
                print $cs & 3
                """);
        assertInOrder(output, "#\\d+ .* panic \\(\\)\n", "#\\d+ .* write_sysrq_trigger \\(\\)\n",
                "#\\d+ .* entry_SYSCALL_64_after_hwframe \\(\\)\n");
        assertInOrder(output, "Temporary breakpoint 1, 0x\\w+ in panic \\(\\)", "#0 .* panic \\(\\)\n",
                "in sysrq_handle_crash \\(\\)", "in write_sysrq_trigger \\(\\)", "in proc_reg_write \\(\\)",
                "in vfs_write \\(\\)", "in ksys_write \\(\\)", "in do_syscall_64 \\(\\)", "in entry_SYSCALL_64 \\(\\)",
                "the program:\n#0 +0x0000\\w+ in \\?\\? \\(\\)\n=> 0x\\w+:\tsyscall", "\\$1 = 1\n", "\\$2 = 2\n",
                "\"c\\\\n\"", "in entry_SYSCALL_64 \\(\\)", "\\$3 = 3\n");
        withKaslrAFileIsMoved(guest, trace);
    }

    /** As in a file of the kernel's own, where code in assembler has none. */
    private static void hideCallFrames(Path elf) throws Exception {
        String bytes = Files.readString(elf, StandardCharsets.ISO_8859_1);
        assertTrue(bytes.contains(".debug_frame"));
        Files.writeString(elf, bytes.replace(".debug_frame", ".hiddenframe"), StandardCharsets.ISO_8859_1);
    }

    private void withKaslrAFileIsMoved(LinuxGuest guest, Path linked) throws Exception {
        Path symbols = directory.resolve("vmlinux");
        try (Trace trace = Traces.open(linked);
                Timeline timeline = Timeline.open(trace, Interpreter::new, value -> {}, 1 << 28)) {
            timeline.seekEnd(() -> false);
            KernelElf.write(KernelSymbols.find(new MachineView(timeline.machine().current())), symbols);
        }
        hideCallFrames(symbols);
        Path moved = recording("moved", guest, guest.commandLine().replace(" nokaslr", ""));
        String output = gdb(moved, "backtrace\ntbreak write_sysrq_trigger\nreverse-continue\nx/i $pc\n",
                "--symbols", symbols);
        assertInOrder(output, "#\\d+ .* panic \\(\\)\n", "#\\d+ .* entry_SYSCALL_64_after_hwframe \\(\\)\n",
                "Temporary breakpoint 1, 0x\\w+ in write_sysrq_trigger", "=> 0x\\w+ <write_sysrq_trigger(\\+\\d+)?>:");
        Path other = Files.write(directory.resolve("racer.elf"), EmbeddedGuest.RACER.bytes());
        Invocation refused = Invocation
                .of("debug", moved, "--gdb", directory.resolve("gdb.sh"), "--symbols", other)
                .ended(ExitCode.BAD_SYMBOLS);
        assertTrue(refused.err().contains("has none of the symbols"), refused.err());
    }
}
