package org.retrovisor.tools.task;

import java.util.regex.Pattern;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.tools.live.GuestSettings;

/**
 * How a guest is run, whatever its images.
 *
 * @param memoryBytes bytes of RAM, a multiple of the page size
 * @param model the model of the processors
 * @param clock what guest time follows
 * @param stopOn ends the run when a line of the console matches; null for never
 * @param maxInstructions ends the run at this moment; Long.MAX_VALUE for never
 */
public record GuestOptions(
        long memoryBytes, CpuModel model, GuestSettings.Clock clock, Pattern stopOn, long maxInstructions) {
    /** How many processors a guest has. */
    private static final int PROCESSORS = 1;

    GuestSettings settings(byte[] kernel, byte[] initrd, String commandLine) {
        return new GuestSettings(kernel, initrd, commandLine, memoryBytes, PROCESSORS, model, clock, stopOn,
                maxInstructions);
    }
}
