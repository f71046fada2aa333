package org.retrovisor.monitor.interpreter.sse;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.interpreter.SingleSteps;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Unmasked SSE exceptions: the flags are what an AMD EPYC leaves in MXCSR (measured with a signal handler). */
class FloatExceptionsTest {
    private static final String ADD = "F2 0F 58 C1";
    private static final String ONE = "3ff0000000000000";

    private final SingleSteps steps = new SingleSteps();

    @AfterEach
    void close() {
        steps.close();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "exact underflow,            F2 0F 59 C1, 1780, 0010000000000000, 3fe0000000000000, 1790",
        "FTZ is off then,            F2 0F 59 C1, 9780, 0010000000000000, 3fe0000000000000, 9790",
        "inexact underflow,          F2 0F 59 C1, 1780, 0000000000000001, 0000000000000001, 1792",
        "exact overflow,             F2 0F 58 C1, 1b80, 7fefffffffffffff, 7fefffffffffffff, 1b88",
        "inexact overflow,           F2 0F 59 C1, 1b80, 7fefffffffffffff, 7fefffffffffffff, 1ba8",
        "precision by overflow,      F2 0F 59 C1, 0f80, 7fefffffffffffff, 7fefffffffffffff, 0fa8",
        "precision,                  F2 0F 5E C1, 0f80, 3ff0000000000000, 4008000000000000, 0fa0",
        "denormal by zero,           F2 0F 5E C1, 1d80, 0000000000000001, 0000000000000000, 1d84",
        "denormal stops the rest,    F2 0F 59 C1, 1e80, 0000000000000001, 0000000000000001, 1e82",
        "signaling before denormal,  F2 0F 58 C1, 1f00, 7ff0000000000002, 0000000000000001, 1f01",
    })
    void unmaskedExceptionsSetTheirFlagsAndChangeNothingElse(
            String name, String bytes, String before, String a, String b, String after) {
        steps.cpu.mxcsr = Integer.parseInt(before, 16);
        steps.setXmm(0, 0x1234, Long.parseUnsignedLong(a, 16));
        steps.setXmm(1, 0, Long.parseUnsignedLong(b, 16));
        String register = steps.xmm(0);
        assertEquals(Vector.XM, steps.faultOf(bytes), name);
        assertEquals(Integer.parseInt(after, 16), steps.cpu.mxcsr, name);
        assertEquals(register, steps.xmm(0), name);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "denormal hides overflow elsewhere, 66 0F 59 C1, 1e80, 1, 7fefffffffffffff, 3ff0000000000000, 7fefffffffffffff, 1e82",
        "denormal and invalid elsewhere,    66 0F 59 C1, 1e80, 1, 7ff0000000000002, 3ff0000000000000, 7fefffffffffffff, 1e83",
        "precision and denormal elsewhere,  66 0F 59 C1, 0f80, 1, 7fefffffffffffff, 4008000000000000, 7fefffffffffffff, 0faa",
        "overflow and precision elsewhere,  66 0F 5E C1, 1b80, 3ff0000000000000, 7fefffffffffffff, 4008000000000000, 0010000000000000, 1ba8",
    })
    void flagsOfAllLanesAreCollected(
            String name, String bytes, String before, String a0, String a1, String b0, String b1, String after) {
        steps.cpu.mxcsr = Integer.parseInt(before, 16);
        steps.setXmm(0, Long.parseUnsignedLong(a1, 16), Long.parseUnsignedLong(a0, 16));
        steps.setXmm(1, Long.parseUnsignedLong(b1, 16), Long.parseUnsignedLong(b0, 16));
        assertEquals(Vector.XM, steps.faultOf(bytes), name);
        assertEquals(Integer.parseInt(after, 16), steps.cpu.mxcsr, name);
    }

    @Test
    void withoutTheSystemsConsentAnUnmaskedExceptionIsAnUndefinedOpcode() {
        steps.cpu.cr4 &= ~Control.CR4_OSXMMEXCPT;
        steps.cpu.mxcsr = 0x1D80;
        steps.setXmm(0, 0, Long.parseUnsignedLong(ONE, 16));
        steps.setXmm(1, 0, 0);
        assertEquals(Vector.UD, steps.faultOf("F2 0F 5E C1"));
    }

    @Test
    void stickyFlagsOfEarlierInstructionsDoNotTrap() {
        steps.cpu.mxcsr = 0x003F;
        steps.setXmm(0, 0, Long.parseUnsignedLong(ONE, 16));
        steps.setXmm(1, 0, Long.parseUnsignedLong(ONE, 16));
        assertEquals(-1, steps.faultOf(ADD));
        assertEquals(0x4000000000000000L, steps.cpu.xmm[0]);
    }

    @Test
    void aMemoryFaultComesBeforeTheComputation() {
        steps.cpu.mxcsr = 0;
        steps.cpu.gpr[Processor.RAX] = 0x8000_0000_0000_0000L;
        steps.setXmm(0, 0, 1);
        assertEquals(Vector.GP, steps.faultOf("F2 0F 58 00"));
        assertEquals(0, steps.cpu.mxcsr);
    }
}
