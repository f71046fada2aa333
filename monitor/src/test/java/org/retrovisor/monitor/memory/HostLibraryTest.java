package org.retrovisor.monitor.memory;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the host's C library answers, beside what Java knows of the same. */
@EnabledOnOs(OS.LINUX)
class HostLibraryTest {
    /** Java counts a process in hundredths of a second. */
    private static final long ERROR = TimeUnit.MILLISECONDS.toNanos(40);

    private final OperatingSystemMXBean process = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

    @Test
    void theTimeOfOtherThreadsIsTheProcessesLessTheOwn() {
        keepBusyFor(10 * ERROR);
        long least = process.getProcessCpuTime() - threads.getCurrentThreadCpuTime() - ERROR;
        long others = HostLibrary.nanosOfOtherThreads();
        long most = process.getProcessCpuTime() - threads.getCurrentThreadCpuTime() + ERROR;
        assertTrue(least <= others && others <= most, others + " is not from " + least + " to " + most);
    }

    /** So that the own time matters. */
    private void keepBusyFor(long nanos) {
        long end = threads.getCurrentThreadCpuTime() + nanos;
        while (threads.getCurrentThreadCpuTime() < end) {
            Thread.onSpinWait();
        }
    }
}
