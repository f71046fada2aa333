package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
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

    @ParameterizedTest
    @CsvSource({"1, 13", "2, 14", "9, 14"})
    void theLimitIsLookedAtBeforeThePageBehindIt(int bytes, int vector) {
        try (TinyGuest guest = TinyGuest.protected32()) {
            page32(guest, TinyGuest.CODE + 0x1000);
            guest.cpu.segments[Segment.CS].limit = TinyGuest.CODE + 0xFFF + bytes - 1;
            guest.cpu.gpr[Processor.RIP] = TinyGuest.CODE + 0xFFE;
            guest.put(TinyGuest.CODE + 0xFFE, "b9 01"); // mov ecx, of which the rest is on the absent page
            guest.put64(TinyGuest.GDT_AT + TinyGuest.CODE_32, TinyGuest.descriptor(0, 0xFFFFF, 0xC09B));
            assertEquals(StopReason.HALTED, guest.machine.run(1000));
            guest.expectVector(vector);
            assertEquals(vector == Vector.PF ? TinyGuest.CODE + 0x1000 : 0, guest.cpu.cr2);
        }
    }

    /** 32-bit paging in which linear addresses are physical ones, but for one page that is absent. */
    private static void page32(TinyGuest guest, long absent) {
        long directory = 0x10_0000;
        long table = directory + 0x1000;
        guest.put32(directory, table | 3);
        for (long linear = 0; linear < 0x40_0000; linear += 0x1000) {
            guest.put32(table + (linear >> 10), linear == absent ? 0 : linear | 3);
        }
        guest.cpu.cr3 = directory;
        guest.cpu.cr0 |= Control.CR0_PG;
        guest.cpu.mmu.flush();
    }
}
