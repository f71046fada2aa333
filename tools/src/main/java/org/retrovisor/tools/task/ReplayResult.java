package org.retrovisor.tools.task;

import java.util.Map;
import org.retrovisor.monitor.boundary.StopReason;

/**
 * How a replay to the end went.
 *
 * @param reason why the guest ended; null when the replay was interrupted
 * @param instructions the moment reached
 * @param nanos how long it took, from the first instruction to the last
 * @param consoleBytes bytes that the guest wrote to its console
 * @param finalDigest over all registers and all RAM at the end, in hexadecimal; null when interrupted
 * @param verification whether that is what was recorded
 * @param engineFigures what the engine counted, for people
 */
public record ReplayResult(StopReason reason, long instructions, long nanos, long consoleBytes, String finalDigest,
        Verification verification, Map<String, Long> engineFigures) {

    /** What comparing the end of a replay with the end of its recording gave. */
    public enum Verification {
        /** The same state, bit for bit, and as much console output. */
        SAME,
        /** Another state. */
        DIFFERENT,
        /** The recording was cut short and does not tell its last state. */
        UNKNOWN,
        /** The replay was interrupted. */
        INTERRUPTED
    }
}
