package org.retrovisor.monitor.platform;

import java.util.ArrayDeque;
import java.util.Deque;

/** Console input that comes at given guest times, so that a run by the steps clock stays the same each time. */
public final class ScriptedInput implements ByteSource {
    private record Typed(long time, int value) {}

    private final Deque<Typed> waiting = new ArrayDeque<>();

    /** Types {@code bytes} at guest time {@code time} in nanoseconds; times are given in ascending order. */
    public ScriptedInput type(long time, byte[] bytes) {
        if (!waiting.isEmpty() && waiting.getLast().time > time) {
            throw new IllegalArgumentException("console input at " + time + " ns is given after input at "
                    + waiting.getLast().time + " ns");
        }
        for (byte value : bytes) {
            waiting.add(new Typed(time, value & 0xFF));
        }
        return this;
    }

    @Override
    public int next(long now) {
        return nextAt() <= now && !waiting.isEmpty() ? waiting.remove().value : -1;
    }

    @Override
    public long nextAt() {
        return waiting.isEmpty() ? Device.NEVER : waiting.getFirst().time;
    }
}
