package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The limit of the code segment holds for every byte of an instruction. */
@OnEachEngine
class CodeLimitTest {
    private static final String TWO_INSTRUCTIONS = "ff c3 b9 01 00 00 00"; // inc ebx; mov ecx, 1

    private static TinyGuest guest(long limit) {
        TinyGuest guest = TinyGuest.protected32();
        guest.cpu.segments[Segment.CS].limit = TinyGuest.CODE + limit;
        guest.put64(TinyGuest.GDT_AT + TinyGuest.CODE_32, TinyGuest.descriptor(0, 0xFFFFF, 0xC09B));
        return guest;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void anInstructionThatEndsBehindTheLimitFaultsBeforeItsEffect(int limit) {
        try (TinyGuest guest = guest(limit)) {
            guest.run(TWO_INSTRUCTIONS).expectVector(Vector.GP);
            assertEquals(1, guest.register(Processor.RBX), "the one before is executed");
            assertEquals(0, guest.register(Processor.RCX));
            assertEquals(0, guest.slot32(0), "error code");
            assertEquals(TinyGuest.CODE + 2, guest.slot32(1));
        }
    }

    @Test
    void theLastByteMayLieAtTheLimitAndThenThereIsNoMoreCode() {
        try (TinyGuest guest = guest(6)) {
            guest.run(TWO_INSTRUCTIONS + "40").expectVector(Vector.GP);
            assertEquals(1, guest.register(Processor.RCX));
            assertEquals(TinyGuest.CODE + 7, guest.slot32(1));
        }
    }

    @Test
    void realModeHasNoInstructionAcrossTheEndOfTheSegment() {
        try (TinyGuest guest = TinyGuest.real()) {
            guest.cpu.gpr[Processor.RIP] = 0xFFFE;
            guest.run("b8 34 12").expectVector(Vector.GP); // mov ax, 1234h
            assertEquals(0, guest.register(Processor.RAX));
        }
    }
}
