package org.retrovisor.monitor.oracle;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;

class CaseJournalTest {
    @TempDir
    Path folder;

    @Test
    void theCaseUnderWayIsReadFromTheFileByAnotherProcess() throws Exception {
        Path file = folder.resolve("journal");
        CaseJournal journal = new CaseJournal(file);
        assertEquals(Optional.empty(), CaseJournal.underWay(file));
        journal.begin(new byte[]{0x0F, (byte) 0xC7, 0x0B}, 42);
        assertEquals(Optional.of("case 42, instruction 0f c7 0b"), CaseJournal.underWay(file));
        journal.end();
        assertEquals(Optional.empty(), CaseJournal.underWay(file));
        assertEquals(Optional.empty(), CaseJournal.underWay(folder.resolve("none")));
    }
}
