package org.retrovisor.replay;

import java.util.List;
import java.util.function.Predicate;

/**
 * Where a movement stops.
 *
 * @param points in the order in which they are tried when several are reached at once; accesses go before instructions
 * @param counts asked each time one is reached, while the machine stands there (for an access, behind it): whether to
 *     stop. It must depend on nothing but the machine's state, and may not change it
 */
public record StopPoints(List<StopPoint> points, Predicate<Hit> counts) {
    /** Nowhere. */
    public static final StopPoints NONE = new StopPoints(List.of());

    public StopPoints {
        points = List.copyOf(points);
    }

    /** Stops that always count. */
    public StopPoints(List<StopPoint> points) {
        this(points, hit -> true);
    }

    /** The same without those at instructions. */
    public StopPoints accesses() {
        return new StopPoints(
                points.stream().filter(StopPoint.AtAccess.class::isInstance).toList(), counts);
    }

    public boolean isEmpty() {
        return points.isEmpty();
    }
}
