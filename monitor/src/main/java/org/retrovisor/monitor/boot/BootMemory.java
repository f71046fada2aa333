package org.retrovisor.monitor.boot;

import org.retrovisor.monitor.memory.GuestMemory;

/** Guest RAM as a loader sees it: all zero at first. */
public interface BootMemory {
    /** Writes {@code bytes} at a physical address; the loader stays inside {@link MemoryMap}'s RAM. */
    void write(long physical, byte[] bytes);

    /** Bytes of RAM. */
    long size();

    /** The RAM of a machine after power-on. */
    static BootMemory of(GuestMemory memory) {
        return new BootMemory() {
            @Override
            public void write(long physical, byte[] bytes) {
                memory.write(physical, bytes);
            }

            @Override
            public long size() {
                return memory.size();
            }
        };
    }
}
