package org.retrovisor.monitor.memory;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

class FrameSetTest {
    private static final int FRAMES = 200;

    @Test
    void isASortedSetOfNumbers() {
        FrameSet frames = new FrameSet(FRAMES);
        TreeSet<Integer> expected = new TreeSet<>();
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            int frame = random.nextInt(FRAMES);
            frames.add(frame);
            expected.add(frame);
            assertEquals(expected.contains(frame), frames.contains(frame));
            assertEquals(expected.size(), frames.count());
            assertArrayEquals(expected.stream().mapToInt(Integer::intValue).toArray(), frames.ascending());
        }
        frames.clear();
        assertEquals(0, frames.count());
        assertArrayEquals(new int[0], frames.ascending());
    }
}
