package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The end of the stack, which ENTER tries, and the size of the stack pointer, which comes with SS. */
@OnEachEngine
class StackSegmentTest {
    private static final long FRAME = 0x77;
    private static final long ABOVE_READ_ONLY = TinyGuest.NOT_PRESENT;
    private static final int PRESENT_WRITE = 3;
    private static final int ROOM = 0x40;

    /** In 64-bit mode, with {@link #ROOM} bytes of stack above what cannot be written. */
    private static TinyGuest guest64(long end) {
        TinyGuest guest = TinyGuest.long64();
        guest.put64(0x3018, TinyGuest.NOT_PRESENT | 0x83); // writable now
        guest.put64(0x1800, 0x2007); // the upper half of the address space is the lower one
        guest.cpu.mmu.flush();
        guest.gate64(Vector.PF, 0x8E00, 1).gate64(Vector.SS, 0x8E00, 1);
        guest.cpu.gpr[Processor.RBP] = FRAME;
        guest.cpu.gpr[Processor.RSP] = end + ROOM;
        return guest;
    }

    @Test
    void enterMayGoDownToTheFirstByteOfItsStack() {
        try (TinyGuest guest = guest64(ABOVE_READ_ONLY)) {
            guest.step("c8 38 00 00", 1);
            assertEquals(ABOVE_READ_ONLY, guest.register(Processor.RSP));
            assertEquals(ABOVE_READ_ONLY + ROOM - 8, guest.register(Processor.RBP));
            assertEquals(FRAME, guest.get64(ABOVE_READ_ONLY + ROOM - 8));
        }
    }

    /** Where its own pushes end matters as little as where it may write at all: what counts is the new RSP. */
    @ParameterizedTest
    @ValueSource(strings = {"c8 39 00 00", "c8 31 00 01", "c8 29 00 02", "c8 00 01 00"})
    void enterToAPageThatMayNotBeWrittenIsAPageFault(String enter) {
        try (TinyGuest guest = guest64(ABOVE_READ_ONLY)) {
            guest.cpu.gpr[Processor.RBP] = TinyGuest.STACK;
            guest.run(enter).expectVector(Vector.PF);
            int allocated = Integer.parseInt(enter.substring(3, 5), 16)
                    + Integer.parseInt(enter.substring(6, 8), 16) * 256;
            int levels = Integer.parseInt(enter.substring(9), 16);
            assertEquals(ABOVE_READ_ONLY + ROOM - 8 - 8L * levels - allocated, guest.cpu.cr2, "the new RSP");
            assertEquals(PRESENT_WRITE, guest.slot(0));
            assertEquals(TinyGuest.CODE, guest.slot(1));
            assertEquals(ABOVE_READ_ONLY + ROOM, guest.slot(4), "RSP");
            assertEquals(TinyGuest.STACK, guest.register(Processor.RBP));
        }
    }

    @Test
    void enterToAnAddressThatIsNotCanonicalIsAStackFault() {
        try (TinyGuest guest = guest64(0xFFFF_8000_0000_0000L)) {
            guest.run("c8 39 00 00").expectVector(Vector.SS);
            assertEquals(0, guest.slot(0));
            assertEquals(0xFFFF_8000_0000_0000L + ROOM, guest.slot(4), "RSP");
            assertEquals(FRAME, guest.register(Processor.RBP));
        }
    }

    /** enter 0, 3 on pages that are not there: the frame pointer is pushed first. */
    @ParameterizedTest
    @CsvSource({"6, 8", "5, 32"})
    void enterPushesFromTheTopOfItsFrameDown(int version, int below) {
        try (TinyGuest guest = TinyGuest.long64(CpuModel.V2, version)) {
            guest.cpu.gpr[Processor.RSP] = TinyGuest.NOT_PRESENT + 0x100;
            guest.gate64(Vector.PF, 0x8E00, 1).run("c8 00 00 03").expectVector(Vector.PF);
            assertEquals(TinyGuest.NOT_PRESENT + 0x100 - below, guest.cpu.cr2);
            assertEquals(TinyGuest.NOT_PRESENT + 0x100, guest.slot(4), "RSP");
        }
    }

    @Test
    void enterBehindTheEndOfItsSegmentIsAStackFault() {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.cpu.segments[Segment.SS].set(TinyGuest.DATA, 0, 0x1_FFFF, 0xC097); // expands down
            guest.cpu.gpr[Processor.RBP] = FRAME;
            guest.cpu.gpr[Processor.RSP] = 0x2_0000 + ROOM;
            guest.run("c8 3d 00 00").expectVector(Vector.SS);
            assertEquals(0, guest.slot32(0));
            assertEquals(TinyGuest.CODE, guest.slot32(1));
            assertEquals(0x2_0000 + ROOM - 16, guest.register(Processor.RSP), "the frame of the fault");
            assertEquals(FRAME, guest.register(Processor.RBP));
        }
    }

    /** POP SS, MOV SS and LSS from a stack of 32 bits to one of 16; the stack pointer behind them, and behind a push. */
    @ParameterizedTest
    @CsvSource({"17, 0x20000, 0x2FFFC", "8e d0, 0x1FFFC, 0x1FFF8", "0f b2 25 00 00 05 00, 0x1FFFC, 0x1FFF8"})
    void pushesUseTheSizeOfTheNewStack(String load, String pointer, String pushed) {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.put32(0x1_FFFC, TinyGuest.DATA_16).put32(0x5_0000, 0x1_FFFC).put32(0x5_0004, TinyGuest.DATA_16);
            guest.cpu.gpr[Processor.RAX] = TinyGuest.DATA_16;
            guest.cpu.gpr[Processor.RSP] = 0x1_FFFC;
            guest.step(load + "68 44 33 22 11", 1); // push 11223344h
            assertEquals(TinyGuest.DATA_16, guest.cpu.segments[Segment.SS].selector);
            assertEquals(Long.decode(pointer), guest.register(Processor.RSP));
            guest.machine.run(2);
            assertEquals(Long.decode(pushed), guest.register(Processor.RSP), "only SP has changed");
            assertEquals(0x1122_3344, guest.get32(Long.decode(pushed) & 0xFFFF));
        }
    }

    @Test
    void aPopOf16BitsToAStackOf32LeavesTheUpperHalf() {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.cpu.segments[Segment.SS].set(TinyGuest.DATA_16, 0, 0xFFFF, 0x0093);
            guest.put32(0xFFFC, TinyGuest.DATA);
            guest.cpu.gpr[Processor.RSP] = 0x1_FFFC;
            guest.step("17 50", 1); // pop ss; push eax
            assertEquals(0x1_0000, guest.register(Processor.RSP));
            guest.machine.run(2);
            assertEquals(0xFFFC, guest.register(Processor.RSP));
        }
    }
}
