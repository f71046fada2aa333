package org.retrovisor.monitor.platform;

import org.retrovisor.monitor.boundary.StopReason;

/** What a device can ask of the machine as a whole. */
@FunctionalInterface
interface PlatformRequests {
    /** End the run after this instruction. */
    void stop(StopReason reason);
}
