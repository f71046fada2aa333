package org.retrovisor.monitor.platform;

/** Takes what the guest writes to its console. */
@FunctionalInterface
public interface ByteSink {
    /** Takes one byte, 0 to 255. */
    void put(int value);
}
