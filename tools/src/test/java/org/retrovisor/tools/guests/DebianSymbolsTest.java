package org.retrovisor.tools.guests;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.replay.symbols.KernelElf;
import org.retrovisor.replay.symbols.KernelSymbols;
import org.retrovisor.replay.symbols.MachineView;
import org.retrovisor.replay.symbols.Vmlinux;
import org.retrovisor.tools.live.GuestSettings;
import org.retrovisor.tools.live.LiveGuest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The symbols of Debian's kernel against those that it prints itself. Takes the time of two boots, and fetches packages
 * the first time: run with {@code -Dretrovisor.linux=true}.
 */
@EnabledIfSystemProperty(named = "retrovisor.linux", matches = "true")
class DebianSymbolsTest {
    private static final long MEMORY = 512L << 20;
    private static final Pattern PRINTED = Pattern.compile("(?m)^([0-9a-f]{16}) [a-zA-Z] (\\w+)\\s*$");
    private static final Pattern OFFSET = Pattern.compile("Kernel Offset: 0x([0-9a-f]+) from");

    @TempDir
    Path directory;

    @Test
    void withAndWithoutKaslrTheSymbolsAreThoseThatTheKernelPrints() throws Exception {
        LinuxGuest guest = new LinuxGuests(line -> {}).crash();
        Path linked = directory.resolve("linked.elf");
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        try (LiveGuest live = booted(guest, guest.commandLine(), console)) {
            check(live.machine(), console, linked);
        }
        console.reset();
        String moving = guest.commandLine().replace(" nokaslr", "");
        try (LiveGuest live = booted(guest, moving, console)) {
            check(live.machine(), console, directory.resolve("moved.elf"));
            Matcher offset = OFFSET.matcher(text(console));
            assertTrue(offset.find(), text(console));
            assertEquals(Long.parseLong(offset.group(1), 16), Vmlinux.kaslrOffset(linked, view(live.machine())));
        }
    }

    private static LiveGuest booted(LinuxGuest guest, String commandLine, ByteArrayOutputStream console)
            throws Exception {
        LiveGuest live = new LiveGuest(
                new GuestSettings(
                        Files.readAllBytes(guest.kernel()), Files.readAllBytes(guest.initramfs()), commandLine, MEMORY,
                        1, CpuModel.V2, GuestSettings.Clock.STEPS, null, Long.MAX_VALUE),
                console, Interpreter::new, boundary -> boundary);
        live.run();
        return live;
    }

    private void check(Machine machine, ByteArrayOutputStream console, Path elf) throws Exception {
        KernelSymbols symbols = KernelSymbols.find(view(machine));
        Matcher printed = PRINTED.matcher(text(console));
        int compared = 0;
        while (printed.find()) {
            long address = Long.parseUnsignedLong(printed.group(1), 16);
            assertEquals(address, symbols.address(printed.group(2)).orElseThrow(), printed.group());
            compared++;
        }
        assertTrue(compared >= 5, "the guest printed " + compared + " symbols: " + text(console));
        KernelElf made = KernelElf.write(symbols, elf);
        assertTrue(made.symbols() > 50_000 && made.functions() > 20_000, made.toString());
        askGdb(elf);
    }

    private void askGdb(Path elf) throws Exception {
        Programs.requireInstalled("gdb");
        String answer = Programs.run(directory,
                List.of("gdb", "-nx", "-q", "-batch", elf.toString(), "-ex", "break panic", "-ex", "x/2i panic"));
        assertTrue(answer.contains("Breakpoint 1 at 0xffffffff"), answer);
        assertTrue(answer.contains("<panic>:"), answer);
    }

    private static MachineView view(Machine machine) {
        return new MachineView(machine.processor(0));
    }

    private static String text(ByteArrayOutputStream console) {
        return console.toString(StandardCharsets.ISO_8859_1);
    }
}
