package org.retrovisor.tools.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.tools.guests.GuestUnavailableException;
import org.retrovisor.tools.guests.LinuxGuest;
import org.retrovisor.tools.guests.LinuxGuests;

/**
 * A guest that is started from files.
 *
 * @param initrd may be null
 */
record BenchGuest(Path kernel, Path initrd, String commandLine, String memory) {
    private static final String MEMORY = "512M";

    /** The guest as options of run and record. */
    List<String> options() {
        List<String> options = new ArrayList<>(List.of("--kernel", kernel.toString(), "--memory", memory, "--append",
                commandLine));
        if (initrd != null) {
            options.addAll(List.of("--initrd", initrd.toString()));
        }
        return options;
    }

    /** The same with another command line. */
    BenchGuest with(String otherCommandLine) {
        return new BenchGuest(kernel, initrd, otherCommandLine, memory);
    }

    /**
     * A guest, with what must be written of it in a folder.
     *
     * @param progress gets a line for each thing that is obtained
     */
    static BenchGuest of(CrashBench.Guest which, Path folder, Consumer<String> progress) throws IOException {
        return which == CrashBench.Guest.linux ? linux(new LinuxGuests(progress)) : embedded(folder);
    }

    /** Debian's kernel, crashed by sysrq. */
    private static BenchGuest linux(LinuxGuests guests) {
        try {
            LinuxGuest guest = guests.crash();
            return new BenchGuest(guest.kernel(), guest.initramfs(), guest.commandLine() + " quiet", MEMORY);
        } catch (GuestUnavailableException e) {
            throw new ToolException(ExitCode.MISSING_TOOL, e.getMessage(), e);
        } catch (IOException e) {
            throw new ToolException(ExitCode.OUTPUT_UNWRITABLE, "cannot make the Linux guest: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ToolException(ExitCode.INTERRUPTED, "interrupted", e);
        }
    }

    /** The racer, whose kernel is written into a folder. */
    private static BenchGuest embedded(Path folder) throws IOException {
        Path kernel = Files.write(folder.resolve(EmbeddedGuest.RACER.fileName()), EmbeddedGuest.RACER.bytes());
        return new BenchGuest(kernel, null, "", MEMORY);
    }
}
