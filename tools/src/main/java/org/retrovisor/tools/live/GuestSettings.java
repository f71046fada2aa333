package org.retrovisor.tools.live;

import java.util.regex.Pattern;
import org.retrovisor.monitor.processor.CpuModel;

/**
 * What a guest is started from.
 *
 * @param kernel the bytes of a Linux bzImage or a multiboot image
 * @param initrd the bytes of the initial RAM disk; empty for none
 * @param commandLine the kernel's command line
 * @param memoryBytes bytes of RAM, a multiple of the page size
 * @param processors how many processors
 * @param model the model of the processors
 * @param clock what guest time follows
 * @param stopOn ends the run when the console text matches; null for never
 * @param maxInstructions ends the run at this moment; Long.MAX_VALUE for never
 */
public record GuestSettings(
        byte[] kernel,
        byte[] initrd,
        String commandLine,
        long memoryBytes,
        int processors,
        CpuModel model,
        Clock clock,
        Pattern stopOn,
        long maxInstructions) {
    /** What guest time follows. */
    public enum Clock {
        /** The host's clock. */
        HOST,
        /** The count of instructions: runs with the same inputs are identical. */
        STEPS
    }
}
