package org.retrovisor.monitor.platform;

import org.retrovisor.monitor.boundary.Space;

/** Hears of accesses to which no device answers. */
@FunctionalInterface
public interface AccessListener {
    /** Not interested. */
    AccessListener NOBODY = (space, address, size, write, value) -> {};

    /** An access that nobody claims: a read got all ones, a write was dropped. */
    void unclaimed(Space space, long address, int size, boolean write, long value);
}
