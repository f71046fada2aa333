package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    @Test
    void segmentsOfVirtual8086ModeHave64KiBAndLevel3() {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.asVirtual8086(0);
            for (int number = Segment.ES; number <= Segment.GS; number++) {
                Segment segment = guest.cpu.segments[number];
                assertEquals(0xFFFF, segment.limit);
                assertEquals(3, segment.dpl());
                assertEquals((long) segment.selector << 4, segment.base);
            }
        }
    }

    /** SDM volume 2, IRET, raises #GP(0); the upper half of EIP does not count here, as on AMD. */
    @Test
    void virtual8086ModeBeginsAtTheLowerHalfOfEip() {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.put32(TinyGuest.STACK, 0x8765_0010L);
            int[] rest = {0x3000, Control.VM | 2, TinyGuest.V86_STACK, 0x1000, 0, 0, 0, 0};
            for (int n = 0; n < rest.length; n++) {
                guest.put32(TinyGuest.STACK + 4 + 4 * n, rest[n]);
            }
            guest.step("cf", 1);
            assertEquals(0x10, guest.register(Processor.RIP));
        }
    }

    @ParameterizedTest
    @CsvSource({"ffff, true", "10000, false", "87650010, false"})
    void iretdStaysWithinTheSegmentInVirtual8086AndRealMode(String target, boolean fits) {
        try (TinyGuest guest = TinyGuest.protected32(); TinyGuest real = TinyGuest.real()) {
            guest.asVirtual8086(Control.IOPL);
            for (TinyGuest other : new TinyGuest[]{guest, real}) {
                long stack = other.cpu.segments[Segment.SS].base + other.register(Processor.RSP);
                other.put32(stack, Long.parseLong(target, 16)).put32(stack + 4, 0x3000).put32(stack + 8, 2);
                other.step("66 cf", 1);
                assertEquals(fits, other.register(Processor.RIP) == 0xFFFF);
            }
            if (!fits) {
                guest.run("").expectVector(Vector.GP);
                assertEquals(0, guest.slot32(0));
                assertEquals(TinyGuest.HANDLERS + 16 * Vector.GP, real.cpu.segments[Segment.CS].base
                        + real.register(Processor.RIP));
            }
        }
    }

    /** Ports are the bitmap's, whatever IOPL says (SDM volume 3, section 21.2.8). */
    @ParameterizedTest
    @ValueSource(strings = {"00", "01"})
    void virtual8086ModeAsksTheBitmapForPorts(String bitmap) {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.put(TinyGuest.TSS_AT + 0x66, "80 00").put(TinyGuest.TSS_AT + 0x80 + 0x60 / 8, bitmap + "ff");
            guest.asVirtual8086(Control.IOPL).run("e4 60 0f 0b")
                    .expectVector(bitmap.equals("00") ? Vector.UD : Vector.GP);
        }
    }

    @Test
    void realModeInterruptsClearTheAlignmentFlagAsWell() {
        try (TinyGuest guest = TinyGuest.real()) {
            guest.cpu.setRflags(Control.AC | Control.IF | Control.TF | 1);
            guest.step("cd 21", 1);
            assertEquals(3, guest.cpu.rflags());
        }
    }

    @ParameterizedTest
    @CsvSource({"135, 21", "134, 13"}) // vector 21H lies at 132 to 135
    void aVectorOfRealModeLiesWithinTheTable(int limit, String vector) {
        try (TinyGuest guest = TinyGuest.real()) {
            guest.cpu.idtLimit = limit;
            guest.run("cd 21").expectVector(Integer.parseInt(vector, vector.equals("21") ? 16 : 10));
        }
    }

    /** MOV and POP, which 64-bit code does not have. */
    @ParameterizedTest
    @ValueSource(strings = {"17", "8e d0"})
    void aLoadOfTheStackSegmentHoldsInterruptsAndTrapsBack(String load) {
        for (int flags : new int[]{Control.IF, Control.TF}) {
            try (TinyGuest guest = TinyGuest.protected32()) {
                guest.put32(TinyGuest.STACK, TinyGuest.DATA);
                guest.cpu.gpr[Processor.RAX] = TinyGuest.DATA;
                guest.cpu.setRflags(flags);
                guest.boundary.arrive(flags == Control.IF ? 1 : 1_000, new Arrival.Interrupt(0x40));
                guest.run(load + "90 90 90").expectVector(flags == Control.IF ? 0x40 : Vector.DB);
                int length = load.length() == 2 ? 1 : 2;
                assertEquals(TinyGuest.CODE + length + 1, guest.slot32(0));
            }
        }
    }
}
