package org.retrovisor.monitor.x87;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.oracle.ExtendedOperands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Transcendental functions without a host: known digits, and results that must never change. */
class TranscendentalsTest {
    private static final long SEED = 0x7A_7A;
    private static final int CASES = 20_000;

    /** ExtendedOperands are doubles; expected values are correctly rounded from 80 decimal digits. */
    @ParameterizedTest
    @CsvSource({
        "FSIN, 0, 1, 3ffe:d76aa47848677021", "FSIN, 0, 0.5, 3ffd:f57743a2582f7f44",
        "FSIN, 0, 100, bffe:81a12dbc626dc036", "FCOS, 0, 1, 3ffe:8a51407da8345c92",
        "FPTAN, 0, 1, 3fff:c75922e5f71d2dc5", "FPATAN, 1, 1, 3ffe:c90fdaa22168c235",
        "FPATAN, 1, -1, 4000:96cbe3f9990e91a8", "FPATAN, 1, 3, 3ffd:a4bc7d1934f70924",
        "FYL2X, 1, 10, 4000:d49a784bcd1b8afe", "FYL2X, 3, 1.0009765625, 3ff7:8a6e5f4b97b9f8be",
        "FYL2XP1, 3, 0.0009765625, 3ff7:8a6e5f4b97b9f8be", "F2XM1, 0, 0.5, 3ffd:d413cccfe7799211",
        "F2XM1, 0, -0.75, bffd:cf901f5ce48ead21", "F2XM1, 0, 1, 3fff:8000000000000000"})
    void knownValuesAreCorrectlyRounded(String function, double second, double first, String expected) {
        X87Unit unit = unit();
        unit.transfer().loadFloat64(Double.doubleToRawLongBits(second));
        unit.transfer().loadFloat64(Double.doubleToRawLongBits(first));
        apply(unit, function);
        int register = function.equals("FPTAN") ? 1 : 0;
        X87State state = unit.state();
        assertEquals(expected,
                String.format("%04x:%016x", state.signExponent(register), state.significand(register)));
    }

    /** A change of this digest is a change of the guest's results: traces recorded before would not replay. */
    @Test
    void resultsAreTheSameOnEveryHostAndForEver() {
        assertEquals("a3862ab1fefc4888", String.format("%016x", digest()));
    }

    private static long digest() {
        X87Unit unit = unit();
        ExtendedOperands operands = new ExtendedOperands(SEED);
        String[] functions = {"FSIN", "FCOS", "FPTAN", "FPATAN", "F2XM1", "FYL2X", "FYL2XP1"};
        long digest = 0;
        for (int n = 0; n < CASES; n++) {
            unit.state().initialize();
            unit.state().setControl(0x37F | operands.below(4) << 10);
            operands.next(16383);
            unit.transfer().loadExtended(operands.significand, operands.signExponent);
            operands.next(16383);
            unit.transfer().loadExtended(operands.significand, operands.signExponent);
            apply(unit, functions[n % functions.length]);
            for (int i = 0; i < 2; i++) {
                digest = digest * 31 + unit.state().significand(i);
                digest = digest * 31 + unit.state().signExponent(i);
            }
            digest = digest * 31 + unit.state().status();
        }
        return digest;
    }

    @Test
    void anArgumentOfTwoToThe63IsLeftAloneAndToldByC2() {
        for (String function : new String[]{"FSIN", "FCOS", "FPTAN", "FSINCOS"}) {
            X87Unit unit = unit();
            unit.transfer().loadFloat64(Double.doubleToRawLongBits(0x1p63));
            apply(unit, function);
            assertTrue((unit.state().status() & X87Bits.C2) != 0, function);
            assertEquals(16383 + 63, unit.state().signExponent(0));
            assertEquals(7, unit.state().top());
        }
    }

    private static X87Unit unit() {
        X87State state = new X87State();
        state.initialize();
        return new X87Unit(state);
    }

    private static void apply(X87Unit unit, String function) {
        X87Transcendental t = unit.transcendental();
        Consumer<X87Transcendental> step = switch (function) {
            case "FSIN" -> X87Transcendental::sine;
            case "FCOS" -> X87Transcendental::cosine;
            case "FSINCOS" -> X87Transcendental::sineAndCosine;
            case "FPTAN" -> X87Transcendental::tangent;
            case "FPATAN" -> X87Transcendental::arcTangent;
            case "F2XM1" -> X87Transcendental::exponential;
            case "FYL2X" -> X87Transcendental::logarithm;
            default -> X87Transcendental::logarithmOfSum;
        };
        step.accept(t);
    }
}
