package org.retrovisor.monitor.translator;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.memory.HugePieces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Three addresses of one home, for which there are two places. */
class JumpTableTest {
    private static final long ONE = 0xFFFF_FFFF_8100_1234L;
    private static final long TWO = sameHome(ONE, 1);
    private static final long THREE = sameHome(ONE, 2);

    private final HugePieces memory = new HugePieces(Arena.ofAuto());
    private final JumpTable table = new JumpTable(memory);

    JumpTableTest() {
        table.use(1);
    }

    /** Another address whose entry has the same home. */
    private static long sameHome(long rip, int number) {
        long other = rip;
        for (int found = 0; found < number;) {
            other++;
            found += JumpTable.distance(other) == JumpTable.distance(rip) ? 1 : 0;
        }
        return other;
    }

    /** What generated code finds; 0 for nothing. */
    private long find(long rip) {
        return find(table, rip);
    }

    private static long find(JumpTable table, long rip) {
        for (int beside = 0; beside <= JumpTable.ENTRY_BYTES; beside += JumpTable.ENTRY_BYTES) {
            long entry = table.address() + (JumpTable.distance(rip) ^ beside);
            if (HostMemory.get64(entry) == rip) {
                return HostMemory.get64(entry + 8);
            }
        }
        return 0;
    }

    @Test
    void whatIsPutIsFoundAndTheOneBeforeStaysBesideIt() {
        table.put(ONE, 1);
        table.put(TWO, 2);
        assertEquals(1, find(ONE));
        assertEquals(2, find(TWO));
        table.put(THREE, 3);
        assertEquals(0, find(ONE), "the one put first has gone");
        assertEquals(2, find(TWO));
        assertEquals(3, find(THREE));
    }

    @Test
    void whatIsOfferedTakesNoPlaceFromOthers() {
        table.offer(ONE, 1);
        table.offer(ONE, 1);
        table.offer(TWO, 2);
        table.offer(THREE, 3);
        assertEquals(1, find(ONE));
        assertEquals(2, find(TWO));
        assertEquals(0, find(THREE));
    }

    @Test
    void aPageBeginsOnceUntilTheTableIsUsedForAnotherGeneration() {
        assertTrue(table.beginsPage(ONE));
        assertFalse(table.beginsPage(ONE + 8));
        assertTrue(table.beginsPage(ONE + 4096));
        table.put(ONE, 1);
        assertFalse(table.use(1));
        assertFalse(table.beginsPage(ONE));
        assertTrue(table.use(2));
        assertTrue(table.beginsPage(ONE));
        assertEquals(0, find(ONE));
    }

    @Test
    void aTableThatTakesOverAnotherKnowsItsPagesAndForgetsThemAlone() {
        table.put(ONE, 1);
        table.beginsPage(ONE);
        JumpTable child = new JumpTable(memory);
        child.put(TWO, 2);
        child.takeOver(table, 3);
        assertEquals(1, find(child, ONE));
        assertEquals(0, find(child, TWO), "what it knew itself is gone");
        assertFalse(child.use(3));
        assertFalse(child.beginsPage(ONE));
        child.use(4);
        assertEquals(0, find(child, ONE));
        assertFalse(table.beginsPage(ONE), "the parent's are its own");
        assertEquals(1, find(ONE));
    }
}
