package org.retrovisor.tools.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.retrovisor.tools.guests.EmbeddedGuest;

/** Recordings of the embedded guest for tests. */
final class RacerTrace {
    /** Enough to boot, to get interrupts and to print something. */
    static final String SHORT_RUN = "2M";

    private RacerTrace() {}

    /** The guest's kernel as a file. */
    static Path kernel(Path folder) {
        try {
            return Files.write(folder.resolve("racer.elf"), EmbeddedGuest.RACER.bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Records the first instructions of the guest by the steps clock. */
    static Path shortOne(Path folder) {
        Path trace = folder.resolve("short.rv");
        Invocation.of("record", "--kernel", kernel(folder), "--memory", "16M", "--clock", "steps",
                "--max-instructions", SHORT_RUN, "-o", trace).succeeded();
        return trace;
    }
}
