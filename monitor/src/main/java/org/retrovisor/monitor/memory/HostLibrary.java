package org.retrovisor.monitor.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Functions of a Linux host's C library: those that map memory, and those for the threads' priority and time.
 *
 * <p>All are called in one shape, with six integers: those that a function does not take lie in registers that it does
 * not look at (System V ABI, AAPCS64). For every other shape Java makes a dozen classes when it starts.
 */
public final class HostLibrary {
    /** What the functions return that return an address, when they refuse. */
    public static final long FAILED = -1;

    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int PROT_EXEC = 4;
    public static final int MAP_SHARED = 1;
    public static final int MAP_PRIVATE = 2;
    public static final int MAP_ANONYMOUS = 0x20;
    public static final int MAP_NORESERVE = 0x4000;
    public static final int MAP_FIXED_NOREPLACE = 0x10_0000;

    private static final int PRIO_PROCESS = 0;
    private static final int CALLING_THREAD = 0;
    private static final int CLOCK_PROCESS_CPUTIME_ID = 2;
    private static final int CLOCK_THREAD_CPUTIME_ID = 3;
    private static final int MADV_HUGEPAGE = 14;
    private static final int MADV_POPULATE_READ = 22;
    private static final int MADV_POPULATE_WRITE = 23;
    private static final int ARGUMENTS = 6;

    private HostLibrary() {}

    /** Made when it is first called: a host without {@link #available} may have no linker. */
    private static final class Native {
        static final Linker LINKER = Linker.nativeLinker();
        static final MethodHandle DOWNCALL = LINKER.downcallHandle(FunctionDescriptor.of(
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    }

    /** mmap(2): the address, or {@link #FAILED}. */
    public static long map(long place, long bytes, int protection, int flags, long file) {
        return call("mmap", place, bytes, protection, flags, file);
    }

    /** munmap(2), which cannot fail for a mapping that is there. */
    public static void unmap(long address, long bytes) {
        int result = callForInt("munmap", address, bytes);
        assert result == 0;
    }

    /** madvise(2): asks for huge pages, which a host may refuse without harm. Both numbers are multiples of a page. */
    public static void adviseHugePages(long address, long bytes) {
        callForInt("madvise", address, bytes, MADV_HUGEPAGE);
    }

    /** madvise(2): lets the host find memory for what is to be written soon, which Linux before 5.14 refuses without harm. */
    public static void populateToWrite(long address, long bytes) {
        callForInt("madvise", address, bytes, MADV_POPULATE_WRITE);
    }

    /** The same for what is to be read or executed. */
    public static void populateToRead(long address, long bytes) {
        callForInt("madvise", address, bytes, MADV_POPULATE_READ);
    }

    /** Whether this host has them. */
    public static boolean available() {
        return System.getProperty("os.name").equals("Linux");
    }

    /**
     * The calling thread's nice value, 0 to 19, where the host has one: the higher, the more it gives way to others (setpriority(2)). One that
     * gives way more already stays as it is.
     */
    public static void setNice(int value) {
        setNice(CALLING_THREAD, value);
    }

    /** The same for another thread, by the number that the host gave it. For one that is gone this does nothing. */
    public static void setNice(int thread, int value) {
        if (available() && callForInt("getpriority", PRIO_PROCESS, thread) < value) {
            callForInt("setpriority", PRIO_PROCESS, thread, value);
        }
    }

    /** Processor time in nanoseconds that all threads of this process have used but the calling one (clock_gettime(2)). */
    public static long nanosOfOtherThreads() {
        return nanosOf(CLOCK_PROCESS_CPUTIME_ID) - nanosOf(CLOCK_THREAD_CPUTIME_ID);
    }

    private static long nanosOf(int clock) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment timespec = arena.allocate(ValueLayout.JAVA_LONG, 2);
            int result = callForInt("clock_gettime", clock, timespec.address());
            assert result == 0;
            return TimeUnit.SECONDS.toNanos(timespec.getAtIndex(ValueLayout.JAVA_LONG, 0))
                    + timespec.getAtIndex(ValueLayout.JAVA_LONG, 1);
        }
    }

    /** Calls a function that returns an int, and takes at most six integers. */
    public static int callForInt(String function, long... arguments) {
        return (int) call(function, arguments);
    }

    private static long call(String function, long... arguments) {
        long[] all = Arrays.copyOf(arguments, ARGUMENTS);
        try {
            return (long) Native.DOWNCALL.invokeExact(
                    Native.LINKER.defaultLookup().findOrThrow(function), all[0], all[1], all[2], all[3], all[4],
                    all[5]);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
