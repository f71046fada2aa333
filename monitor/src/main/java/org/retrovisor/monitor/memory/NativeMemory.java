package org.retrovisor.monitor.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Zeroed memory from the host that costs nothing until it is touched.
 *
 * <p>On POSIX hosts that is an anonymous private mapping, so an 8 GiB guest starts at once; elsewhere the JDK's own
 * allocator serves, which clears everything first.
 */
final class NativeMemory {
    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_ANONYMOUS_LINUX = 0x20;
    private static final int MAP_NORESERVE_LINUX = 0x4000;
    private static final long MAP_FAILED = -1;

    private NativeMemory() {}

    /** Allocates {@code bytes} of zeroes that live until the arena is closed; OutOfMemoryError when the host refuses. */
    static MemorySegment allocate(long bytes, Arena arena) {
        boolean linux = System.getProperty("os.name").equals("Linux");
        return linux ? map(bytes, arena) : arena.allocate(bytes, 4096);
    }

    private static MemorySegment map(long bytes, Arena arena) {
        try {
            // Safe: a fresh mapping aliases nothing, and the arena unmaps it exactly once.
            MemorySegment address = (MemorySegment) function(
                    "mmap",
                    FunctionDescriptor.of(
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG))
                    .invokeExact(
                            MemorySegment.NULL,
                            bytes,
                            PROT_READ_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS_LINUX | MAP_NORESERVE_LINUX,
                            -1,
                            0L);
            if (address.address() == MAP_FAILED) {
                throw new OutOfMemoryError("the host refused %d MiB for the guest's memory".formatted(bytes >> 20));
            }
            return address.reinterpret(bytes, arena, NativeMemory::unmap);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static void unmap(MemorySegment segment) {
        try {
            int result = (int) function(
                    "munmap",
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG))
                    .invokeExact(segment, segment.byteSize());
            assert result == 0;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle function(String name, FunctionDescriptor type) {
        SymbolLookup libc = Linker.nativeLinker().defaultLookup();
        Optional<MemorySegment> symbol = libc.find(name);
        return Linker.nativeLinker().downcallHandle(symbol.orElseThrow(), type);
    }
}
