package org.retrovisor.monitor.translator;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * Executable memory and the way into it. The only class here that calls native functions.
 *
 * <p>The code lies in an anonymous file that is mapped twice: once to be written, once to be executed. No mapping is ever
 * both. Calls are marked critical: generated code returns within a bounded number of guest instructions and never blocks,
 * so the JVM need not be told.
 */
final class NativeDoor implements AutoCloseable {
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int SHARED = 1;
    private static final long FAILED = -1;
    private static final Linker LINKER = Linker.nativeLinker();

    private final long size;
    private final long writable;
    private final long executable;
    private final MethodHandle call;

    /** Reserves {@code size} bytes for code; IllegalStateException when the host refuses. */
    NativeDoor(long size) {
        this.size = size;
        int file = createFile();
        writable = map(file, READ | WRITE);
        executable = map(file, READ | EXECUTE);
        closeFile(file);
        call = LINKER.downcallHandle(
                FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG), Linker.Option.critical(false));
    }

    /** Whether this host can run generated code. */
    static boolean available() {
        return System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64");
    }

    /** Where the code is executed. */
    long base() {
        return executable;
    }

    /** Writes code at a distance from {@link #base}. */
    void write(long offset, byte[] code) {
        if (offset < 0 || offset + code.length > size) {
            throw new IndexOutOfBoundsException("code at " + offset);
        }
        HostMemory.write(writable + offset, code, 0, code.length);
    }

    /** Writes four bytes of code. */
    void write32(long offset, int value) {
        HostMemory.put32(writable + offset, value);
    }

    /** Calls the function at {@code entry} with two arguments. */
    void call(long entry, long first, long second) {
        try {
            call.invokeExact(MemorySegment.ofAddress(entry), first, second);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private int createFile() {
        try (Arena arena = Arena.ofConfined()) {
            int file = (int) function(
                    "memfd_create",
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT))
                    .invokeExact(arena.allocateFrom("retrovisor-code"), 0);
            int result = (int) function(
                    "ftruncate",
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG))
                    .invokeExact(file, size);
            if (file < 0 || result != 0) {
                throw new IllegalStateException("the host refused memory for code; use --engine interpreter");
            }
            return file;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private long map(int file, int protection) {
        try {
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
                    .invokeExact(MemorySegment.NULL, size, protection, SHARED, file, 0L);
            if (address.address() == FAILED) {
                throw new IllegalStateException("the host refused executable memory; use --engine interpreter");
            }
            return address.address();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private void closeFile(int file) {
        try {
            int result = (int) function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT))
                    .invokeExact(file);
            assert result == 0;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        unmap(writable);
        unmap(executable);
    }

    private void unmap(long address) {
        try {
            int result = (int) function(
                    "munmap",
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG))
                    .invokeExact(MemorySegment.ofAddress(address), size);
            assert result == 0;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle function(String name, FunctionDescriptor type) {
        SymbolLookup libc = LINKER.defaultLookup();
        return LINKER.downcallHandle(libc.find(name).orElseThrow(), type);
    }
}
