package org.retrovisor.monitor.isa;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The page of supported instructions is what the table says. */
class InstructionPageTest {
    private static final Path PAGE = Path.of("../docs/instructions.md");
    private static final String WRITE = "retrovisor.write-pages";
    private static final String COMMAND = "docs/instructions.md is not what the instruction table says; write it anew with: "
            + "mvn -pl monitor test -Dtest=InstructionPageTest -D" + WRITE;

    private final String page = InstructionPage.of(InstructionTable.complete());

    @Test
    void thePageOfInstructionsIsWhatTheTableSays() throws IOException {
        if (System.getProperty(WRITE) != null) {
            Files.writeString(PAGE, page);
        }
        String written = Files.exists(PAGE) ? Files.readString(PAGE) : "";
        assertTrue(page.equals(written), COMMAND + firstDifference(written));
    }

    private String firstDifference(String written) {
        String[] wanted = page.split("\n");
        String[] found = written.split("\n");
        for (int line = 0; line < wanted.length; line++) {
            if (line >= found.length || !wanted[line].equals(found[line])) {
                return "%nline %d should be: %s".formatted(line + 1, wanted[line]);
            }
        }
        return "%nits end is longer than it should be".formatted();
    }

    @Test
    void everyRowIsOneLineOfThePage() {
        long rows = page.lines().filter(line -> line.startsWith("| ") && !line.startsWith("| opcode ")).count();
        assertEquals(InstructionTable.complete().rows().size(), rows);
    }

    @Test
    void rowsAreShownInTheManualsNotation() {
        assertTrue(page.contains("| 00 | ADD Eb, Gb | OSZAPC |  |  | LOCK | 64 32 |\n"));
        assertTrue(page.contains("| F2 0F 58 | ADDSD Vsd, Wsd |"));
        assertTrue(page.contains("| D8 C0+i | FADD ST0, STi |"));
        assertTrue(page.contains("| 0F 30 | WRMSR |  |  | 0 | ends a block, crosses | privileged |\n"));
    }
}
