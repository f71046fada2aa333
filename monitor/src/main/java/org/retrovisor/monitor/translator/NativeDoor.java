package org.retrovisor.monitor.translator;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.retrovisor.monitor.memory.HostLibrary;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * Executable memory and the way into it. The only class here that goes to native code.
 *
 * <p>The code lies in an anonymous file that is mapped twice: once to be written, once to be executed. No mapping is ever
 * both. Calls are marked critical: generated code returns within a bounded number of guest instructions and never blocks,
 * so the JVM need not be told.
 */
final class NativeDoor implements AutoCloseable {
    private static final long AT_ONCE = 256 << 10;

    private final long size;
    private final long writable;
    private final long executable;
    /** So much the host was asked to find for both mappings. */
    private long found;

    /** Reserves {@code size} bytes for code; IllegalStateException when the host refuses. */
    NativeDoor(long size) {
        this.size = size;
        int file = createFile();
        writable = map(file, HostLibrary.PROT_READ | HostLibrary.PROT_WRITE);
        executable = map(file, HostLibrary.PROT_READ | HostLibrary.PROT_EXEC);
        HostLibrary.callForInt("close", file);
    }

    /** Whether this host can run generated code. */
    static boolean available() {
        return HostLibrary.available() && System.getProperty("os.arch").equals("amd64");
    }

    /** Where the code is executed. */
    long base() {
        return executable;
    }

    /** Writes code at a distance from {@link #base}. */
    void write(long offset, MemorySegment code) {
        long end = offset + code.byteSize();
        if (offset < 0 || end > size) {
            throw new IndexOutOfBoundsException("code at " + offset);
        }
        find(end);
        HostMemory.write(writable + offset, code);
    }

    /** Pages are found many at a time: each one that is touched first costs a host that is itself a guest ten microseconds, and twice. */
    private void find(long end) {
        while (found < end) {
            long bytes = Math.min(AT_ONCE, size - found);
            HostLibrary.populateToWrite(writable + found, bytes);
            HostLibrary.populateToRead(executable + found, bytes);
            found += bytes;
        }
    }

    /** Writes one byte of code, where there is some. */
    void write8(long offset, int value) {
        HostMemory.put8(writable + offset, value);
    }

    /** Adds to four bytes of code. */
    void add32(long offset, int difference) {
        write32(offset, HostMemory.get32(writable + offset) + difference);
    }

    /** Writes four bytes of code, where there is some. */
    void write32(long offset, int value) {
        HostMemory.put32(writable + offset, value);
    }

    /** The function of two arguments, both of 64 bits, whose code is at a distance from {@link #base}. */
    MethodHandle function(long offset) {
        return Linker.nativeLinker().downcallHandle(MemorySegment.ofAddress(executable + offset),
                FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG), Linker.Option.critical(false));
    }

    private int createFile() {
        try (Arena arena = Arena.ofConfined()) {
            int file = HostLibrary.callForInt("memfd_create", arena.allocateFrom("retrovisor-code").address(), 0);
            if (file < 0 || HostLibrary.callForInt("ftruncate", file, size) != 0) {
                throw new IllegalStateException("the host refused memory for code; use --engine interpreter");
            }
            return file;
        }
    }

    private long map(int file, int protection) {
        long address = HostLibrary.map(0, size, protection, HostLibrary.MAP_SHARED, file);
        if (address == HostLibrary.FAILED) {
            throw new IllegalStateException("the host refused executable memory; use --engine interpreter");
        }
        return address;
    }

    @Override
    public void close() {
        HostLibrary.unmap(writable, size);
        HostLibrary.unmap(executable, size);
    }
}
