package org.retrovisor.monitor.boot;

import org.retrovisor.monitor.memory.GuestMemory;

/** Guest RAM as a loader sees it: all zero at first. */
public interface BootMemory {
    /**
     * Writes bytes {@code from} to {@code from + count} of an array, which nobody changes later, at a physical address; the loader stays inside
     * {@link MemoryMap}'s RAM.
     */
    void write(long physical, byte[] bytes, int from, int count);

    /** Writes all of them. */
    default void write(long physical, byte[] bytes) {
        write(physical, bytes, 0, bytes.length);
    }

    /** Bytes of RAM. */
    long size();

    /** The RAM of a machine after power-on. */
    static BootMemory of(GuestMemory memory) {
        return new BootMemory() {
            @Override
            public void write(long physical, byte[] bytes, int from, int count) {
                memory.load(physical, bytes, from, count);
            }

            @Override
            public long size() {
                return memory.size();
            }
        };
    }
}
