package org.retrovisor.tools;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.retrovisor.tools.cli.Retrovisor;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.tools.terminal.Surroundings;

/**
 * Runs the most used commands once and shows nothing. The launcher lets Java watch this after a build and keep what it
 * learnt, so that the real commands start in half the time.
 */
public final class Rehearsal {
    /** What only a real start, or a guest that is not at hand here, would come by. */
    private static final List<String> MORE_CLASSES = List.of("org.retrovisor.tools.Main",
            "org.retrovisor.tools.terminal.HostTerminal", "org.retrovisor.monitor.boot.LinuxBoot",
            "org.retrovisor.monitor.boot.LinuxBoot$Loaded", "org.retrovisor.monitor.boot.LinuxHeader",
            "org.retrovisor.monitor.interpreter.sse.LegacyArea", "org.retrovisor.monitor.platform.InterruptMessage",
            "org.retrovisor.monitor.sse.StringComparison");

    private Rehearsal() {}

    /** Takes one argument: an empty folder to work in. Ends with the first exit code that is not 0. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Path kernel = Files.write(folder.resolve("kernel.elf"), EmbeddedGuest.RACER.bytes());
        String trace = folder.resolve("rehearsal.rv").toString();
        Path selftest = Files.write(folder.resolve("selftest.elf"), EmbeddedGuest.SELFTEST.bytes());
        Prelude.begin("run", kernel.toString());
        for (String name : MORE_CLASSES) {
            Class.forName(name);
        }
        new InstructionForms().linkAll();
        perform("run", "--kernel", kernel.toString(), "--clock", "steps", "--max-instructions", "5M");
        perform("run", "--kernel", selftest.toString());
        perform("record", "--kernel", kernel.toString(), "--clock", "steps", "--max-instructions", "5M", "-o", trace);
        perform("replay", trace);
        RehearsedGdb.debug(Path.of(trace));
        perform("info", trace, "--json");
        perform("--help");
    }

    private static void perform(String... command) {
        int exit = Retrovisor.execute(Surroundings.nowhere(), command);
        if (exit != ExitCode.OK.number()) {
            System.exit(exit);
        }
    }
}
