package org.retrovisor.monitor.platform;

/**
 * A clock signal of a fixed frequency that starts with the machine: converts between guest nanoseconds and ticks.
 *
 * <p>Exact for any time that fits a long; {@code ticksAt(timeOf(t)) == t} for every frequency up to 1 GHz.
 */
record Oscillator(long hertz) {
    private static final long NANOS = 1_000_000_000L;

    /** The number of whole ticks that have passed at guest time {@code now}. */
    long ticksAt(long now) {
        // Whole seconds apart, so that the product stays below 10^9 * hertz.
        return now / NANOS * hertz + now % NANOS * hertz / NANOS;
    }

    /** The first guest time at which {@code ticks} ticks have passed; {@link Device#NEVER} stays what it is. */
    long timeOf(long ticks) {
        if (ticks == Device.NEVER) {
            return Device.NEVER;
        }
        return ticks / hertz * NANOS + Math.ceilDiv(ticks % hertz * NANOS, hertz);
    }
}
