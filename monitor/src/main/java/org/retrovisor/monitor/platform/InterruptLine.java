package org.retrovisor.monitor.platform;

/** One wire from a device to an interrupt controller's input. */
@FunctionalInterface
public interface InterruptLine {
    /** A wire that leads nowhere. */
    InterruptLine UNCONNECTED = asserted -> {};

    /** Drives the wire: {@code true} is asserted. Calling with the same level again changes nothing. */
    void level(boolean asserted);
}
