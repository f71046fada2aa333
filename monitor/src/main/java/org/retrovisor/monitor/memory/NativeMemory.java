package org.retrovisor.monitor.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Zeroed memory from the host that costs nothing until it is touched.
 *
 * <p>On Linux that is an anonymous private mapping, so an 8 GiB guest starts at once; elsewhere the JDK's own allocator
 * serves, which clears everything first. Larger pieces begin at a huge page and ask for huge ones: a host that is itself a
 * guest takes a microsecond or two for each page that is touched first, and walks two page tables where its TLB misses.
 */
public final class NativeMemory {
    private static final long HUGE_PAGE = 2 << 20;

    private NativeMemory() {}

    /** Allocates {@code bytes} of zeroes that live until the arena is closed; OutOfMemoryError when the host refuses. */
    public static MemorySegment allocate(long bytes, Arena arena) {
        return HostLibrary.available() ? map(bytes, arena) : arena.allocate(bytes, 4096);
    }

    /** Allocates the same and lets the host find all of it now. */
    public static MemorySegment allocateNow(long bytes, Arena arena) {
        MemorySegment memory = allocate(bytes, arena);
        if (HostLibrary.available()) {
            HostLibrary.populate(memory.address(), bytes);
        }
        return memory;
    }

    private static MemorySegment map(long bytes, Arena arena) {
        // Safe: a fresh mapping aliases nothing, and the arena unmaps it exactly once.
        long spare = bytes >= HUGE_PAGE ? HUGE_PAGE : 0;
        long address = HostLibrary.map(0, bytes + spare, HostLibrary.PROT_READ | HostLibrary.PROT_WRITE,
                HostLibrary.MAP_PRIVATE | HostLibrary.MAP_ANONYMOUS | HostLibrary.MAP_NORESERVE, -1);
        if (address == HostLibrary.FAILED) {
            throw new OutOfMemoryError("the host refused %d MiB for the guest's memory".formatted(bytes >> 20));
        }
        long first = address + (spare == 0 ? 0 : -address & spare - 1);
        if (bytes >= HUGE_PAGE) {
            HostLibrary.adviseHugePages(first, bytes & -HUGE_PAGE);
        }
        return MemorySegment.ofAddress(first).reinterpret(bytes, arena,
                unused -> HostLibrary.unmap(address, bytes + spare));
    }
}
