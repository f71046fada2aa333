package org.retrovisor.monitor.memory;

import java.util.Arrays;

/** Some of the page frames, a bit for each: listed in order without looking at all of them. */
final class FrameSet {
    private final long[] words;
    private int count;

    /** None of so many. */
    FrameSet(int frameCount) {
        words = new long[(frameCount + Long.SIZE - 1) / Long.SIZE];
    }

    boolean contains(int frame) {
        return (words[frame >>> 6] & 1L << frame) != 0;
    }

    void add(int frame) {
        if (!contains(frame)) {
            words[frame >>> 6] |= 1L << frame;
            count++;
        }
    }

    void clear() {
        Arrays.fill(words, 0);
        count = 0;
    }

    int count() {
        return count;
    }

    int[] ascending() {
        int[] frames = new int[count];
        int next = 0;
        for (int word = 0; next < count; word++) {
            for (long left = words[word]; left != 0; left &= left - 1) {
                frames[next++] = word << 6 | Long.numberOfTrailingZeros(left);
            }
        }
        return frames;
    }
}
