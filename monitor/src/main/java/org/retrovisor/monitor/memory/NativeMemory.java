package org.retrovisor.monitor.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Zeroed memory from the host that costs nothing until it is touched.
 *
 * <p>On Linux that is an anonymous private mapping, so an 8 GiB guest starts at once; elsewhere the JDK's own allocator
 * serves, which clears everything first.
 */
public final class NativeMemory {
    /** Bytes of a huge page. */
    static final long HUGE_PAGE = 2 << 20;

    private NativeMemory() {}

    /** Allocates {@code bytes} of zeroes that live until the arena is closed; OutOfMemoryError when the host refuses. */
    public static MemorySegment allocate(long bytes, Arena arena) {
        return HostLibrary.available() ? map(bytes, arena) : arena.allocate(bytes, 4096);
    }

    /**
     * Allocates the same in huge pages, if the host has them: a host that is itself a guest takes 10 or 20 microseconds for each page that
     * is touched first, whatever its size, and walks two page tables where its TLB misses. Less than a huge page is in small ones.
     */
    public static MemorySegment allocateHuge(long bytes, Arena arena) {
        if (!HostLibrary.available() || bytes < HUGE_PAGE) {
            return allocate(bytes, arena);
        }
        MemorySegment memory = allocate(bytes + HUGE_PAGE, arena);
        MemorySegment aligned = memory.asSlice(-memory.address() & HUGE_PAGE - 1, bytes);
        HostLibrary.adviseHugePages(aligned.address(), bytes);
        return aligned;
    }

    /** Allocates the same, and lets the host find memory for all of it now. */
    public static MemorySegment allocateNow(long bytes, Arena arena) {
        MemorySegment memory = allocateHuge(bytes, arena);
        if (HostLibrary.available()) {
            HostLibrary.populateToWrite(memory.address(), bytes);
        }
        return memory;
    }

    private static MemorySegment map(long bytes, Arena arena) {
        // Safe: a fresh mapping aliases nothing, and the arena unmaps it exactly once.
        long address = HostLibrary.map(0, bytes, HostLibrary.PROT_READ | HostLibrary.PROT_WRITE,
                HostLibrary.MAP_PRIVATE | HostLibrary.MAP_ANONYMOUS | HostLibrary.MAP_NORESERVE, -1);
        if (address == HostLibrary.FAILED) {
            throw new OutOfMemoryError("the host refused %d MiB of memory".formatted(bytes >> 20));
        }
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, NativeMemory::unmap);
    }

    private static void unmap(MemorySegment segment) {
        HostLibrary.unmap(segment.address(), segment.byteSize());
    }
}
