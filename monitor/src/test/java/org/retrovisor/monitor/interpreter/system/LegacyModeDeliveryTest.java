package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

@OnEachEngine
class LegacyModeDeliveryTest {
    private static final long OTHER_TASK = 0x7000;

    @Test
    void protectedModeFaultsAtTheSameLevelPushFourBytesEach() {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.run("0f0b").expectVector(Vector.UD);
            assertEquals(TinyGuest.STACK - 12, guest.register(Processor.RSP));
            assertEquals(TinyGuest.CODE, guest.slot32(0));
            assertEquals(TinyGuest.CODE_32, guest.slot32(1));
            assertEquals(Control.RF | 2, guest.slot32(2));
        }
    }

    @Test
    void protectedModeFaultsFromTheUserSwitchToTheStackOfTheTask() {
        try (TinyGuest guest = TinyGuest.protected32().asUser32()) {
            guest.run("b8 58 00 00 00 8e d8").expectVector(Vector.NP); // mov ds, absent
            assertEquals(TinyGuest.RSP0 - 24, guest.register(Processor.RSP));
            assertEquals(TinyGuest.ABSENT_DATA, guest.slot32(0));
            assertEquals(TinyGuest.USER_CODE_32, guest.slot32(2));
            assertEquals(TinyGuest.USER_STACK, guest.slot32(4));
            assertEquals(TinyGuest.USER_DATA, guest.slot32(5));
            assertEquals(TinyGuest.DATA, guest.cpu.segments[Segment.SS].selector);
        }
    }

    @Test
    void iretReturnsToTheUsersStack() {
        try (TinyGuest guest = TinyGuest.protected32().asUser32()) {
            guest.gate32(0x80, 0xEE00).put(TinyGuest.handler(0x80), "cf").step("cd 80", 2);
            assertEquals(TinyGuest.USER_CODE + 2, guest.register(Processor.RIP));
            assertEquals(TinyGuest.USER_STACK, guest.register(Processor.RSP));
            assertEquals(3, guest.cpu.cpl);
        }
    }

    @Test
    void aTaskWithoutAStackForTheKernelIsAnInvalidTask() {
        try (TinyGuest guest = TinyGuest.protected32().asUser32()) {
            guest.put32(TinyGuest.TSS_AT + 8, 0);
            assertEquals(StopReason.TRIPLE_FAULT, guest.stop("0f0b"));
            assertEquals(3, guest.cpu.cpl, "nothing has changed");
        }
    }

    @Test
    void virtual8086ModeIsEnteredByIretAndLeftByInterrupts() {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.asVirtual8086(Control.IF);
            assertTrue(guest.cpu.virtual8086());
            assertEquals(CodeSize.BITS_16, guest.cpu.codeSize);
            assertEquals(3, guest.cpu.cpl);
            assertEquals(0x2_1000, guest.cpu.segments[Segment.ES].base);
            guest.boundary.arrive(2, new Arrival.Interrupt(0x40));
            guest.run("90 90").expectVector(0x40);
            assertFalse(guest.cpu.virtual8086());
            assertEquals(CodeSize.BITS_32, guest.cpu.codeSize);
            assertEquals(TinyGuest.RSP0 - 36, guest.register(Processor.RSP));
            int[] frame = {1, 0x3000, Control.VM | Control.IF | 2, TinyGuest.V86_STACK, 0x1000, 0x2100, 0x2200, 0x2300,
                0x2400};
            for (int n = 0; n < frame.length; n++) {
                assertEquals(frame[n], guest.slot32(n), "slot " + n);
            }
            assertEquals(0, guest.cpu.segments[Segment.DS].attributes);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cd 21", "9c", "9d", "66 9c", "66 9d", "cf", "66 cf", "fa", "fb"})
    void whatChangesTheInterruptFlagInVirtual8086ModeNeedsTheIoPrivilege(String instruction) {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.asVirtual8086(Control.IF | 2 << 12);
            guest.run(instruction).expectVector(Vector.GP);
            assertEquals(0, guest.slot32(0));
            assertEquals(0, guest.slot32(1), "IP");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"c4 e2 78 f2 c3", "c5 f8 58 c1"}) // andn eax, eax, ebx; vaddps xmm0, xmm0, xmm1
    void virtual8086ModeHasNoVexInstructions(String instruction) {
        try (TinyGuest guest = TinyGuest.protected32(CpuModel.V3)) {
            guest.cpu.cr4 |= Control.CR4_OSFXSR | Control.CR4_OSXSAVE;
            guest.cpu.xcr0 = 7;
            guest.asVirtual8086(0);
            guest.run(instruction).expectVector(Vector.UD);
        }
    }

    @Test
    void anInterruptOfVirtual8086ModeMustNotStayAtItsLevel() {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.put64(TinyGuest.GDT_AT + TinyGuest.CODE_16, TinyGuest.descriptor(0, 0xFFFFF, 0xC09F)); // conforming
            guest.gate32(0x21, 0xEE00).put(TinyGuest.IDT_AT + 8 * 0x21 + 2, "68 00");
            guest.asVirtual8086(Control.IOPL);
            guest.run("cd 21").expectVector(Vector.GP);
            assertEquals(TinyGuest.CODE_16, guest.slot32(0));
        }
    }

    /** The stack of level 0 ends behind its segment; a task with another one handles that. */
    @Test
    void anInnerStackWithoutRoomIsNamed() {
        try (TinyGuest guest = TinyGuest.protected32().asUser32()) {
            guest.put64(TinyGuest.GDT_AT + TinyGuest.DATA_16, TinyGuest.descriptor(0, 0x17, 0xC093));
            guest.put32(TinyGuest.TSS_AT + 8, TinyGuest.DATA_16).put32(TinyGuest.TSS_AT + 4, 0x1_8004);
            guest.put64(TinyGuest.GDT_AT + TinyGuest.GATE, TinyGuest.descriptor(OTHER_TASK, 0x67, 0x89));
            otherTask(guest);
            guest.put64(TinyGuest.IDT_AT + 8 * Vector.SS, (long) TinyGuest.GATE << 16 | 0x8500L << 32);
            guest.gate32(0x21, 0xEE00).run("cd 21").expectVector(Vector.SS);
            assertEquals(TinyGuest.DATA_16, guest.slot32(0));
        }
    }

    /** A task at level 0 that begins in the handler of #SS. */
    private static void otherTask(TinyGuest guest) {
        guest.put32(OTHER_TASK + 0x20, TinyGuest.handler(Vector.SS)).put32(OTHER_TASK + 0x24, 2);
        guest.put32(OTHER_TASK + 0x38, TinyGuest.STACK);
        int[] selectors = {TinyGuest.DATA, TinyGuest.CODE_32, TinyGuest.DATA, TinyGuest.DATA, 0, 0};
        for (int n = 0; n < selectors.length; n++) {
            guest.put32(OTHER_TASK + 0x48 + 4 * n, selectors[n]);
        }
    }

    @Test
    void realModeInterruptsPushThreeWordsAndReturn() {
        try (TinyGuest guest = TinyGuest.real()) {
            guest.cpu.setRflags(Control.IF | 1);
            guest.put(TinyGuest.handler(0x21), "cf").code("cd 21");
            guest.machine.run(1);
            assertEquals(TinyGuest.HANDLERS >> 4, guest.cpu.segments[Segment.CS].selector);
            assertEquals(0x210, guest.register(Processor.RIP));
            assertEquals(0xFFA, guest.register(Processor.RSP));
            assertEquals(2, guest.get16(0x1_0FFA));
            assertEquals(0x3000, guest.get16(0x1_0FFC));
            assertEquals(Control.IF | 3, guest.get16(0x1_0FFE));
            assertEquals(3, guest.cpu.rflags());
            guest.machine.run(2);
            assertEquals(TinyGuest.CODE, guest.cpu.segments[Segment.CS].base);
            assertEquals(2, guest.register(Processor.RIP));
            assertEquals(0x1000, guest.register(Processor.RSP));
            assertEquals(Control.IF | 3, guest.cpu.rflags());
        }
    }

    @Test
    void realModeVectorsBeyondTheLimitShutDownWhenTheirFaultIsBeyondItToo() {
        try (TinyGuest guest = TinyGuest.real()) {
            guest.cpu.idtLimit = 3;
            assertEquals(StopReason.TRIPLE_FAULT, guest.stop("cd 21"));
        }
    }
}
