package org.retrovisor.monitor.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Zeroed memory from the host that costs nothing until it is touched.
 *
 * <p>On POSIX hosts that is an anonymous private mapping, so an 8 GiB guest starts at once; elsewhere the JDK's own
 * allocator serves, which clears everything first.
 */
final class NativeMemory {
    private NativeMemory() {}

    /** Allocates {@code bytes} of zeroes that live until the arena is closed; OutOfMemoryError when the host refuses. */
    static MemorySegment allocate(long bytes, Arena arena) {
        return HostLibrary.available() ? map(bytes, arena) : arena.allocate(bytes, 4096);
    }

    private static MemorySegment map(long bytes, Arena arena) {
        // Safe: a fresh mapping aliases nothing, and the arena unmaps it exactly once.
        long address = HostLibrary.map(0, bytes, HostLibrary.PROT_READ | HostLibrary.PROT_WRITE,
                HostLibrary.MAP_PRIVATE | HostLibrary.MAP_ANONYMOUS | HostLibrary.MAP_NORESERVE, -1);
        if (address == HostLibrary.FAILED) {
            throw new OutOfMemoryError("the host refused %d MiB for the guest's memory".formatted(bytes >> 20));
        }
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, NativeMemory::unmap);
    }

    private static void unmap(MemorySegment segment) {
        HostLibrary.unmap(segment.address(), segment.byteSize());
    }
}
