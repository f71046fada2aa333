package org.retrovisor.tools.task;

import java.nio.file.Path;
import java.util.Map;
import org.retrovisor.monitor.boundary.StopReason;

/**
 * How a live run went.
 *
 * @param reason why it ended
 * @param detail more about the end, one line; may be empty
 * @param instructions the moment of the end
 * @param nanos how long it took, from the first instruction to the last
 * @param consoleBytes bytes that the guest wrote to its console
 * @param unknown how often the guest tried instructions that the processor model does not know, by their first bytes
 * @param engineFigures what the engine counted, for people
 * @param interrupted whether a signal ended it
 * @param recorded what was recorded; null when nothing was
 */
public record RunResult(StopReason reason, String detail, long instructions, long nanos, long consoleBytes,
        Map<String, Long> unknown, Map<String, Long> engineFigures, boolean interrupted, Recorded recorded) {

    /**
     * A recording.
     *
     * @param trace where it is
     * @param events how many events it holds
     * @param logBytes bytes of the event log
     * @param traceBytes bytes of the whole trace
     * @param finalDigest over all registers and all RAM at the end, in hexadecimal
     */
    public record Recorded(Path trace, long events, long logBytes, long traceBytes, String finalDigest) {}
}
