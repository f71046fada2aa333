package org.retrovisor.monitor.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class HugePiecesTest {

    @Test
    void piecesAreZeroAndNobodyElses() {
        Random random = new Random(3);
        try (Arena arena = Arena.ofConfined()) {
            HugePieces pieces = new HugePieces(arena);
            List<MemorySegment> taken = new ArrayList<>();
            while (taken.size() < 20) {
                int size = 1 + random.nextInt((int) HugePieces.MOST >> random.nextInt(8));
                MemorySegment piece = pieces.take(size);
                assertEquals(size, piece.byteSize());
                assertEquals(0, piece.address() % 64);
                assertHoldsOnly(piece, 0); // also behind another in the same region
                piece.fill((byte) (taken.size() + 1));
                taken.add(piece);
            }
            for (int number = 0; number < taken.size(); number++) {
                assertHoldsOnly(taken.get(number), number + 1);
            }
        }
    }

    private static void assertHoldsOnly(MemorySegment piece, int value) {
        MemorySegment expected = MemorySegment.ofArray(new byte[(int) piece.byteSize()]).fill((byte) value);
        assertEquals(-1, piece.mismatch(expected));
    }
}
