package org.retrovisor.monitor.sse;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.retrovisor.monitor.oracle.FloatOperands;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The shortcuts through Java's arithmetic against the complete way, value and MXCSR, in every control. */
class ShortcutsTest {
    private static final int CASES = Integer.getInteger("shortcuts.cases", 150_000);
    private static final long SEED = Long.getLong("shortcuts.seed", 20251122);

    @FunctionalInterface
    private interface Operation {
        long apply(FloatUnit unit, int mxcsr, long a, long b);
    }

    private record Pair(String name, boolean single, Operation fast, Operation complete) {}

    @TestFactory
    Stream<DynamicTest> shortcutsAgreeWithTheCompleteWay() {
        return Stream.of(arithmetic(), comparisons(), conversions())
                .flatMap(List::stream)
                .map(pair -> DynamicTest.dynamicTest(pair.name, () -> check(pair)));
    }

    private static List<Pair> arithmetic() {
        Format d = Format.DOUBLE;
        Format s = Format.SINGLE;
        return List.of(
                new Pair("double sum", false, FastDouble::add, (u, m, a, b) -> u.add(d, m, a, b)),
                new Pair("double difference", false, FastDouble::subtract, (u, m, a, b) -> u.subtract(d, m, a, b)),
                new Pair("double product", false, FastDouble::multiply, (u, m, a, b) -> u.multiply(d, m, a, b)),
                new Pair("double quotient", false, FastDouble::divide, (u, m, a, b) -> u.divide(d, m, a, b)),
                new Pair("double root", false, (u, m, a, b) -> FastDouble.squareRoot(u, m, a),
                        (u, m, a, b) -> u.squareRoot(d, m, a)),
                new Pair("single sum", true, FastSingle::add, (u, m, a, b) -> u.add(s, m, a, b)),
                new Pair("single difference", true, FastSingle::subtract, (u, m, a, b) -> u.subtract(s, m, a, b)),
                new Pair("single product", true, FastSingle::multiply, (u, m, a, b) -> u.multiply(s, m, a, b)),
                new Pair("single quotient", true, FastSingle::divide, (u, m, a, b) -> u.divide(s, m, a, b)),
                new Pair("single root", true, (u, m, a, b) -> FastSingle.squareRoot(u, m, a),
                        (u, m, a, b) -> u.squareRoot(s, m, a)));
    }

    private static List<Pair> comparisons() {
        Format d = Format.DOUBLE;
        Format s = Format.SINGLE;
        return List.of(
                new Pair("double minimum", false, FastDouble::minimum, (u, m, a, b) -> u.minimum(d, m, a, b)),
                new Pair("double maximum", false, FastDouble::maximum, (u, m, a, b) -> u.maximum(d, m, a, b)),
                new Pair("double comparison", false, (u, m, a, b) -> FastDouble.compare(u, m, a, b, true),
                        (u, m, a, b) -> u.compare(d, m, a, b, true)),
                new Pair("single minimum", true, FastSingle::minimum, (u, m, a, b) -> u.minimum(s, m, a, b)),
                new Pair("single maximum", true, FastSingle::maximum, (u, m, a, b) -> u.maximum(s, m, a, b)),
                new Pair("single comparison", true, (u, m, a, b) -> FastSingle.compare(u, m, a, b, false),
                        (u, m, a, b) -> u.compare(s, m, a, b, false)));
    }

    private static List<Pair> conversions() {
        Format d = Format.DOUBLE;
        Format s = Format.SINGLE;
        return List.of(
                new Pair("double to single", false, (u, m, a, b) -> FastDouble.toSingle(u, m, a),
                        (u, m, a, b) -> u.narrow(m, a)),
                new Pair("single to double", true, (u, m, a, b) -> FastSingle.toDouble(u, m, a),
                        (u, m, a, b) -> u.widen(m, a)),
                new Pair("double to int", false, (u, m, a, b) -> FastDouble.toInteger32(u, m, a, b < 0),
                        (u, m, a, b) -> (int) u.toInteger(d, m, a, 32, b < 0)),
                new Pair("double to long", false, (u, m, a, b) -> FastDouble.toInteger64(u, m, a, b < 0),
                        (u, m, a, b) -> u.toInteger(d, m, a, 64, b < 0)),
                new Pair("single to int", true, (u, m, a, b) -> FastSingle.toInteger32(u, m, a, b < 0x4000_0000),
                        (u, m, a, b) -> (int) u.toInteger(s, m, a, 32, b < 0x4000_0000)),
                new Pair("single to long", true, (u, m, a, b) -> FastSingle.toInteger64(u, m, a, b < 0x4000_0000),
                        (u, m, a, b) -> u.toInteger(s, m, a, 64, b < 0x4000_0000)),
                new Pair("integer to double", false, (u, m, a, b) -> FastDouble.fromInteger(u, m, a >> (b & 63)),
                        (u, m, a, b) -> u.fromInteger(d, m, a >> (b & 63))),
                new Pair("integer to single", false, (u, m, a, b) -> FastSingle.fromInteger(u, m, a >> (b & 63)),
                        (u, m, a, b) -> u.fromInteger(s, m, a >> (b & 63))),
                new Pair("double to integral", false, (u, m, a, b) -> FastDouble.toIntegral(u, m, a, (int) b & 15),
                        (u, m, a, b) -> u.toIntegral(d, m, a, (int) b & 15)));
    }

    private static void check(Pair pair) {
        Random random = new Random(SEED ^ pair.name.hashCode());
        FloatOperands operands = new FloatOperands(random, pair.single);
        FloatUnit fast = new FloatUnit();
        FloatUnit complete = new FloatUnit();
        for (int n = 0; n < CASES; n++) {
            long a = random.nextInt(32) == 0 ? special(random, pair.single) : operands.first();
            long b = random.nextInt(32) == 0 ? special(random, pair.single) : operands.second();
            int mxcsr = control(random);
            long expected = pair.complete.apply(complete, mxcsr, a, b);
            long actual = pair.fast.apply(fast, mxcsr, a, b);
            int news = complete.raised & ~mxcsr;
            if (expected != actual && !willTrap(mxcsr, complete.raised) || news != (fast.raised & ~mxcsr)) {
                assertEquals(
                        "%x flags %x".formatted(expected, news),
                        "%x flags %x".formatted(actual, fast.raised & ~mxcsr),
                        () -> "%s of %x and %x, MXCSR %x, seed %d".formatted(pair.name, a, b, mxcsr, SEED));
            }
            fast.raised = 0;
            complete.raised = 0;
        }
    }

    private static boolean willTrap(int mxcsr, int raised) {
        return (raised & ~(mxcsr >> Mxcsr.MASK_SHIFT)) != 0;
    }

    /** Mostly what shortcuts are for, otherwise anything. */
    private static int control(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Mxcsr.MASKS;
            case 1 -> Mxcsr.MASKS | Mxcsr.PE;
            case 2 -> Mxcsr.MASKS | random.nextInt() & Mxcsr.WRITABLE;
            default -> random.nextInt() & Mxcsr.WRITABLE;
        };
    }

    private static long special(Random random, boolean single) {
        Format f = single ? Format.SINGLE : Format.DOUBLE;
        long magnitude = switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> f.infinity;
            case 2 -> f.infinity | 1 + random.nextInt(5);
            case 3 -> f.infinity | f.quiet;
            default -> f.largest;
        };
        return random.nextBoolean() ? f.sign | magnitude : magnitude;
    }
}
