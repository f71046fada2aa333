package org.retrovisor.monitor.platform;

import java.util.function.LongSupplier;

/**
 * What a platform is built from: everything that it would otherwise have to ask the host for.
 *
 * @param processors how many local APICs there are, at least 1
 * @param memoryBytes bytes of RAM, reported by the CMOS memory
 * @param clock guest time
 * @param epochSecond seconds since 1970 (UTC) that the real-time clock shows at power-on
 * @param random 64 random bits each, for RDRAND and RDSEED
 * @param input what is typed at the serial console
 * @param output takes what the guest writes to its serial console
 * @param unclaimed hears of accesses to which no device answers
 */
public record PlatformConfig(int processors, long memoryBytes, GuestClock clock, long epochSecond, LongSupplier random,
        ByteSource input, ByteSink output, AccessListener unclaimed) {
    /** What the real-time clock of a run by the steps clock shows: 2026-01-01 00:00:00 UTC. */
    public static final long FIXED_EPOCH = 1_767_225_600L;

    public PlatformConfig {
        if (processors < 1 || processors > 255) {
            throw new IllegalArgumentException(processors + " processors: 1 to 255 are possible");
        }
    }

    /** A machine of one processor whose runs are all the same: steps clock, fixed date and random seed, no input. */
    public static PlatformConfig steps(long memoryBytes, ByteSink output) {
        return new PlatformConfig(1, memoryBytes, new StepsClock(), FIXED_EPOCH, new SeededRandom(0), ByteSource.SILENT,
                output, AccessListener.NOBODY);
    }

    /** This configuration with another console input. */
    public PlatformConfig withInput(ByteSource newInput) {
        return new PlatformConfig(processors, memoryBytes, clock, epochSecond, random, newInput, output, unclaimed);
    }

    /** This configuration with a listener for accesses that nobody claims. */
    public PlatformConfig withUnclaimed(AccessListener listener) {
        return new PlatformConfig(processors, memoryBytes, clock, epochSecond, random, input, output, listener);
    }

    /** This configuration with another clock, date and source of randomness. */
    public PlatformConfig withTime(GuestClock newClock, long newEpochSecond, LongSupplier newRandom) {
        return new PlatformConfig(processors, memoryBytes, newClock, newEpochSecond, newRandom, input, output,
                unclaimed);
    }
}
