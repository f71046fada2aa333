package org.retrovisor.tools;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The launcher ignores a rehearsal that fails: starts are only slower then, which nobody would notice. */
@Timeout(120)
class RehearsalTest {
    @TempDir
    private Path folder;

    @Test
    void allThatIsRehearsedWorks() throws Exception {
        Rehearsal.main(new String[]{folder.toString()}); // ends this process if one of the commands fails
        try (Trace trace = Traces.open(folder.resolve("rehearsal.rv"))) {
            assertEquals(5_000_000, trace.manifest().getEnd().getMoment());
        }
    }
}
