package org.retrovisor.tools.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.tools.guests.GuestUnavailableException;
import org.retrovisor.tools.guests.LinuxGuest;
import org.retrovisor.tools.guests.LinuxGuests;
import org.retrovisor.tools.live.GuestSettings;
import org.retrovisor.tools.task.Demo;
import org.retrovisor.tools.task.GuestOptions;
import org.retrovisor.tools.task.GuestSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The tour. */
@Command(name = "demo", header = "The tour: record a crash, replay it, step backward from it.", description = {"",
    "Records a small kernel with a real race until it crashes, at another moment each time; replays it and verifies"
            + " the state; walks backward from the crash to its cause, with gdb where that is installed."}, footer = {
                "",
                "Examples:", "  retrovisor demo", "  retrovisor demo --linux"})
final class DemoCommand extends ToolCommand {
    private static final long EMBEDDED_MEMORY = 64L << 20;
    private static final long LINUX_MEMORY = 512L << 20;

    @Option(names = "--linux", description = "the same with Debian's kernel, which apt fetches the first time")
    private boolean linux;

    @Option(names = "--engine", paramLabel = Texts.ENGINES, defaultValue = "auto", description = Texts.ENGINE)
    private EngineChoice engine;

    @Override
    ExitCode execute() throws Exception {
        var engines = Checks.existing(spec(), engine).factory();
        GuestSource source = linux ? linuxGuest() : embeddedGuest();
        Path folder = Files.createTempDirectory("retrovisor-demo");
        return new Demo(source, linux, engines, surroundings(), out()::println).run(folder.resolve("crash.rv"));
    }

    private static GuestSource embeddedGuest() {
        EmbeddedGuest guest = EmbeddedGuest.RACER;
        return GuestSource.embedded(guest.fileName(), guest.bytes(), options(EMBEDDED_MEMORY));
    }

    private GuestSource linuxGuest() throws Exception {
        try {
            LinuxGuest guest = new LinuxGuests(line -> say(line)).crash();
            return GuestSource.read(new GuestSource.Request(
                    guest.kernel(), guest.initramfs(), guest.commandLine() + " quiet", options(LINUX_MEMORY)));
        } catch (GuestUnavailableException e) {
            throw new ToolException(ExitCode.MISSING_TOOL, e.getMessage(), e);
        }
    }

    private static GuestOptions options(long memory) {
        return new GuestOptions(memory, CpuModel.V2, GuestSettings.Clock.HOST, null, Long.MAX_VALUE);
    }
}
