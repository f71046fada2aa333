package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

@OnEachEngine
class LongModeDeliveryTest {
    private static final String UD2 = "0f0b";
    private static final String NOP = "90";

    private final TinyGuest guest = TinyGuest.long64();
    private final Processor cpu = guest.cpu;

    @AfterEach
    void close() {
        guest.close();
    }

    @Test
    void aFaultPushesAnAlignedFrameWithRfAndTheAddressOfTheInstruction() {
        guest.run(NOP + UD2).expectVector(Vector.UD);
        assertEquals((TinyGuest.STACK & ~15) - 40, guest.register(Processor.RSP));
        assertEquals(TinyGuest.CODE + 1, guest.slot(0));
        assertEquals(TinyGuest.CODE_64, guest.slot(1));
        assertEquals(Control.RF | 2, guest.slot(2));
        assertEquals(TinyGuest.STACK, guest.slot(3));
        assertEquals(TinyGuest.DATA, guest.slot(4));
    }

    @Test
    void aPageFaultSetsCr2AndPushesItsErrorCode() {
        guest.run("c6 04 25 34 12 60 00 01").expectVector(Vector.PF); // mov byte [601234h], 1
        assertEquals(0x60_1234, cpu.cr2);
        assertEquals(2, guest.slot(0));
        assertEquals(TinyGuest.CODE, guest.slot(1));
    }

    @Test
    void aFaultAtLevelThreeSwitchesToRsp0WithANullStackSegment() {
        guest.asUser().run(UD2).expectVector(Vector.UD);
        assertEquals(TinyGuest.RSP0 - 40, guest.register(Processor.RSP));
        assertEquals(TinyGuest.USER_CODE_64, guest.slot(1));
        assertEquals(TinyGuest.USER_STACK, guest.slot(3));
        assertEquals(TinyGuest.USER_DATA, guest.slot(4));
        assertEquals(0, cpu.cpl);
        assertEquals(0, cpu.segments[Segment.SS].selector);
        assertEquals(TinyGuest.CODE_64, cpu.segments[Segment.CS].selector);
    }

    @Test
    void compatibilityModeIsLeftForA64BitHandler() {
        guest.asUser32().run(UD2).expectVector(Vector.UD);
        assertTrue(cpu.mode64());
        assertEquals(TinyGuest.USER_CODE_32, guest.slot(1));
    }

    /** Bits 0 to 15 of the descriptor's attributes: L alone, D alone, neither, both. */
    @ParameterizedTest
    @CsvSource({"0xA09B, 0x80", "0xC09B, 13", "0x809B, 13", "0xE09B, 13"})
    void handlersAreIn64BitCode(String attributes, int vector) {
        guest.put64(TinyGuest.GDT_AT + TinyGuest.CODE_32, TinyGuest.descriptor(0, 0xFFFFF, Integer.decode(attributes)));
        long offset = TinyGuest.handler(0x80);
        guest.put64(TinyGuest.IDT_AT + 16 * 0x80,
                offset & 0xFFFF | TinyGuest.CODE_32 << 16 | 0x8E00L << 32 | offset >>> 16 << 48);
        guest.run("cd 80").expectVector(vector);
        if (vector == Vector.GP) {
            assertEquals(TinyGuest.CODE_32, guest.slot(0), "error code");
        }
    }

    @Test
    void anInterruptStackIsUsedAtEveryLevel() {
        guest.gate64(Vector.UD, 0x8E00, 1).run(UD2).expectVector(Vector.UD);
        assertEquals(TinyGuest.IST1 - 40, guest.register(Processor.RSP));
        assertEquals(TinyGuest.DATA, cpu.segments[Segment.SS].selector);
    }

    @Test
    void aTrapGateKeepsInterruptsOnAndAnInterruptGateDoesNot() {
        guest.gate64(0x80, 0x8F00, 0);
        guest.put(TinyGuest.handler(0x80), "cd 81");
        guest.run("fb cd 80").expectVector(0x81); // sti; int 80h
        assertTrue((guest.slot(2) & Control.IF) != 0, "in the frame of the second");
        assertFalse((cpu.systemFlags & Control.IF) != 0);
    }

    @Test
    void handlersStartWithTraceAndNestedTaskOff() {
        guest.put(TinyGuest.handler(0x80), "9c f4"); // pushfq; hlt
        cpu.setRflags(Control.NT | Control.AC | Control.IOPL);
        guest.code("cd 80");
        guest.machine.run(10);
        assertEquals(Control.AC | Control.IOPL | 2, guest.slot(0));
    }

    @Test
    void softwareInterruptsReturnBehindThemselves() {
        guest.run("cd 80").expectVector(0x80);
        assertEquals(TinyGuest.CODE + 2, guest.slot(0));
        assertEquals(2, guest.slot(2), "no RF");
    }

    @Test
    void breakpointsReturnBehindThemselves() {
        guest.run("cc").expectVector(Vector.BP);
        assertEquals(TinyGuest.CODE + 1, guest.slot(0));
    }

    @Test
    void aSoftwareInterruptFromTheUserNeedsAGateForTheUser() {
        guest.asUser().run("cd 80").expectVector(Vector.GP);
        assertEquals(0x80 << 3 | 2, guest.slot(0));
        assertEquals(TinyGuest.USER_CODE, guest.slot(1), "it can be restarted");
    }

    @Test
    void aSoftwareInterruptFromTheUserPassesAGateForTheUser() {
        guest.gate64(0x80, 0xEE00, 0).asUser().run("cd 80").expectVector(0x80);
    }

    @Test
    void anAbsentGateIsNotPresent() {
        guest.gate64(0x80, 0x0E00, 0).run("cd 80").expectVector(Vector.NP);
        assertEquals(0x80 << 3 | 2, guest.slot(0));
    }

    @Test
    void anAbsentGateOfAnExternalInterruptSaysSoInTheErrorCode() {
        guest.gate64(0x80, 0x0E00, 0);
        guest.boundary.arrive(2, new Arrival.Interrupt(0x80));
        guest.run("fb" + NOP.repeat(8)).expectVector(Vector.NP);
        assertEquals(0x80 << 3 | 3, guest.slot(0));
    }

    @Test
    void aGateBeyondTheLimitIsRefused() {
        cpu.idtLimit = 0x80 * 16 - 1;
        guest.run("cd 80").expectVector(Vector.GP);
        assertEquals(0x80 << 3 | 2, guest.slot(0));
    }

    @Test
    void aContributoryFaultDuringAContributoryFaultIsADoubleFault() {
        guest.gate64(Vector.GP, 0x0E00, 0).run("b8 ff 00 00 00 8e d8").expectVector(Vector.DF); // mov eax, ffh; mov ds, eax
        assertEquals(0, guest.slot(0));
        assertEquals(TinyGuest.CODE + 5, guest.slot(1));
    }

    @Test
    void aPageFaultDuringAPageFaultIsADoubleFault() {
        guest.gate64(Vector.DF, 0x8E00, 1);
        cpu.gpr[Processor.RSP] = TinyGuest.NOT_PRESENT + 0x1000;
        guest.run("50").expectVector(Vector.DF); // push rax
        assertEquals(TinyGuest.IST1 - 48, guest.register(Processor.RSP));
        assertEquals(0, guest.slot(0));
        assertEquals(TinyGuest.NOT_PRESENT + 0x1000, guest.slot(4), "RSP is as before the push");
    }

    @Test
    void aFaultDuringABenignOneIsDeliveredInItsPlace() {
        guest.gate64(Vector.UD, 0x0E00, 0).run(UD2).expectVector(Vector.NP);
        assertEquals(Vector.UD << 3 | 3, guest.slot(0));
    }

    @Test
    void aFaultDuringADoubleFaultShutsTheProcessorDown() {
        cpu.gpr[Processor.RSP] = TinyGuest.NOT_PRESENT + 0x1000;
        assertEquals(StopReason.TRIPLE_FAULT, guest.stop("50"));
        assertEquals(TinyGuest.CODE, cpu.gpr[Processor.RIP]);
        assertEquals(TinyGuest.NOT_PRESENT + 0x1000, cpu.gpr[Processor.RSP]);
    }

    @Test
    void aStackThatIsNotCanonicalIsAStackFault() {
        guest.gate64(Vector.SS, 0x8E00, 1);
        cpu.gpr[Processor.RSP] = 0x8000_0000_0000_0000L;
        guest.run("50").expectVector(Vector.SS);
        assertEquals(0, guest.slot(0));
    }

    @Test
    void anInterruptEndsHltAndReturnsBehindIt() {
        guest.boundary.arrive(1000, new Arrival.Interrupt(0x30));
        guest.run("fb f4 90").expectVector(0x30);
        assertEquals(TinyGuest.CODE + 2, guest.slot(0));
    }

    @Test
    void stiHoldsInterruptsBackForOneInstruction() {
        guest.boundary.arrive(0, new Arrival.Interrupt(0x30));
        guest.run("fb 90 90 90").expectVector(0x30);
        assertEquals(TinyGuest.CODE + 2, guest.slot(0));
    }

    @Test
    void aLoadOfTheStackSegmentHoldsInterruptsBackForOneInstruction() {
        cpu.setRflags(Control.IF);
        cpu.gpr[Processor.RBX] = 0x5_0000;
        guest.boundary.arrive(2, new Arrival.Interrupt(0x30));
        guest.run("b8 10 00 00 00 8e d0 89 dc 90 90").expectVector(0x30); // mov eax, 10h; mov ss, eax; mov esp, ebx
        assertEquals(TinyGuest.CODE + 9, guest.slot(0));
        assertEquals(0x5_0000, guest.slot(3));
    }

    @Test
    void anNmiNeedsNoInterruptFlagAndBlocksFurtherOnesUntilIret() {
        guest.put(TinyGuest.handler(Vector.NMI), "90 48 cf"); // nop; iretq
        guest.boundary.arrive(2, new Arrival.NonMaskable());
        guest.step("90 90 90 90", 3);
        assertTrue(cpu.nmiBlocked);
        assertEquals(TinyGuest.handler(Vector.NMI) + 1, cpu.gpr[Processor.RIP]);
        guest.machine.run(guest.machine.moment() + 1);
        assertFalse(cpu.nmiBlocked);
        assertEquals(TinyGuest.CODE + 2, cpu.gpr[Processor.RIP]);
    }

    /** REP STOSB of five bytes, and an interrupt behind so many iterations, whose handler returns. */
    private void interruptRepetition(int iterations) {
        cpu.gpr[Processor.RCX] = 5;
        cpu.gpr[Processor.RDI] = 0x5_0000;
        cpu.setRflags(Control.IF);
        guest.put(TinyGuest.handler(0x30), "90 48 cf"); // nop; iretq
        guest.boundary.arrive(iterations, new Arrival.Interrupt(0x30));
        guest.step("f3 aa f4", iterations + 1);
    }

    @Test
    void anInterruptBetweenTwoIterationsPushesTheResumeFlag() {
        interruptRepetition(2);
        assertEquals(TinyGuest.CODE, guest.slot(0));
        assertEquals(Control.RF | Control.IF | 2, guest.slot(2));
        guest.machine.run(guest.machine.moment() + 1);
        assertEquals(Control.RF, cpu.systemFlags & Control.RF, "behind the IRET");
        guest.machine.run(guest.machine.moment() + 3);
        assertEquals(0, cpu.gpr[Processor.RCX]);
        assertEquals(0, cpu.systemFlags & Control.RF, "behind the last iteration");
    }

    @Test
    void anInterruptBehindTheLastIterationDoesNot() {
        interruptRepetition(5);
        assertEquals(TinyGuest.CODE + 2, guest.slot(0));
        assertEquals(Control.IF | 2, guest.slot(2));
    }

    @Test
    void theTraceFlagTrapsBehindEachInstruction() {
        cpu.setRflags(Control.TF);
        guest.run("90 90").expectVector(Vector.DB);
        assertEquals(TinyGuest.CODE + 1, guest.slot(0));
        assertEquals(0xFFFF_4FF0L, cpu.dr[6], "DR6.BS");
        assertTrue((guest.slot(2) & Control.TF) != 0);
    }

    @Test
    void aFaultingInstructionIsNotTraced() {
        cpu.setRflags(Control.TF);
        guest.run(UD2).expectVector(Vector.UD);
        assertEquals(0xFFFF_0FF0L, cpu.dr[6]);
    }

    @Test
    void aLoadOfTheStackSegmentIsTracedWithTheNextInstruction() {
        cpu.gpr[Processor.RAX] = TinyGuest.DATA;
        cpu.setRflags(Control.TF);
        guest.run("8e d0 90 90").expectVector(Vector.DB);
        assertEquals(TinyGuest.CODE + 3, guest.slot(0));
    }

    @Test
    void aRepeatedInstructionIsTracedPerIteration() {
        cpu.gpr[Processor.RCX] = 3;
        cpu.gpr[Processor.RDI] = 0x5_0000;
        cpu.setRflags(Control.TF);
        guest.run("f3 aa").expectVector(Vector.DB); // rep stosb
        assertEquals(2, cpu.gpr[Processor.RCX]);
        assertEquals(TinyGuest.CODE, guest.slot(0));
    }

    @Test
    void iretRestoresFlagsAndStackAtTheSameLevel() {
        guest.put(TinyGuest.handler(0x80), "31 c0 48 cf"); // xor eax, eax; iretq
        cpu.gpr[Processor.RAX] = 1;
        guest.step("f9 cd 80", 4); // stc; int 80h
        assertEquals(TinyGuest.CODE + 3, cpu.gpr[Processor.RIP]);
        assertEquals(TinyGuest.STACK, cpu.gpr[Processor.RSP]);
        assertTrue(cpu.flags.carry());
        assertFalse(cpu.flags.zero());
        assertEquals(TinyGuest.DATA, cpu.segments[Segment.SS].selector);
    }

    @Test
    void iretToTheUserClearsNullSelectorsAndKeepsTheirBases() {
        cpu.segments[Segment.FS].set(3, 0x1234, 0, 0);
        guest.run("6a 23 68 00 80 20 00 6a 02 6a 2b 68 00 00 20 00 48 cf"); // push 23h, 208000h, 2, 2bh, 200000h; iretq
        assertEquals(0, cpu.segments[Segment.FS].selector);
        assertEquals(0x1234, cpu.segments[Segment.FS].base);
    }

    @Test
    void aFaultingIretUnblocksNmis() {
        cpu.nmiBlocked = true;
        cpu.gpr[Processor.RSP] = TinyGuest.NOT_PRESENT;
        guest.step("48 cf", 1); // iretq
        assertFalse(cpu.nmiBlocked);
    }

    @Test
    void iretToTheUserDropsTheKernelsDataSegments() {
        guest.gate64(0x80, 0xEE00, 0);
        guest.put(TinyGuest.handler(0x80), "b8 10 00 00 00 8e d8 48 cf"); // mov eax, 10h; mov ds, eax; iretq
        guest.asUser().step("cd 80", 4);
        assertEquals(3, cpu.cpl);
        assertEquals(TinyGuest.USER_CODE + 2, cpu.gpr[Processor.RIP]);
        assertEquals(TinyGuest.USER_STACK, cpu.gpr[Processor.RSP]);
        assertEquals(TinyGuest.USER_DATA, cpu.segments[Segment.SS].selector);
        assertEquals(0, cpu.segments[Segment.DS].selector);
        assertEquals(0, cpu.segments[Segment.DS].attributes);
    }

    @Test
    void iretToAnAddressThatIsNotCanonicalFaultsInTheKernel() {
        cpu.gpr[Processor.RSP] = 0x5_0000;
        guest.put64(0x5_0000, 1L << 63).put64(0x5_0008, TinyGuest.USER_CODE_64).put64(0x5_0010, 2);
        guest.put64(0x5_0018, 0).put64(0x5_0020, TinyGuest.USER_DATA);
        guest.run("48 cf").expectVector(Vector.GP);
        assertEquals(0, guest.slot(0));
        assertEquals(TinyGuest.CODE_64, guest.slot(2));
    }

    @Test
    void theUserCannotChangeTheInterruptFlagOrItsPrivilegeByIret() {
        guest.asUser();
        cpu.gpr[Processor.RSP] = TinyGuest.USER_STACK;
        guest.put64(TinyGuest.USER_STACK, TinyGuest.USER_CODE + 8).put64(TinyGuest.USER_STACK + 8,
                TinyGuest.USER_CODE_64);
        guest.put64(TinyGuest.USER_STACK + 16, Control.IF | Control.IOPL | Control.AC | 3);
        guest.put64(TinyGuest.USER_STACK + 24, 0x1234).put64(TinyGuest.USER_STACK + 32, TinyGuest.USER_DATA);
        guest.step("48 cf", 1);
        assertEquals(TinyGuest.USER_CODE + 8, cpu.gpr[Processor.RIP]);
        assertEquals(Control.AC | 3, cpu.rflags());
        assertEquals(0x1234, cpu.gpr[Processor.RSP]);
    }

    @Test
    void iretWithNestedTaskSetIsRefused() {
        cpu.setRflags(Control.NT);
        guest.run("48 cf").expectVector(Vector.GP);
    }

    @Test
    void aKernelStackThatCannotBeWrittenIsADoubleFaultWithTheAddressOfTheFirstPush() {
        guest.put32(TinyGuest.TSS_AT + 4, TinyGuest.READ_ONLY + 0x1000);
        guest.gate64(Vector.DF, 0x8E00, 1).asUser().run(UD2).expectVector(Vector.DF);
        assertEquals(TinyGuest.READ_ONLY + 0x1000 - 8, cpu.cr2);
    }

    /** There is one behind an STI that had something to set. */
    @ParameterizedTest
    @CsvSource({"0, 2", "512, 1"})
    void stiHoldsInterruptsBackOnlyWhenTheyWereOff(int flags, int instructions) {
        cpu.setRflags(flags);
        guest.boundary.arrive(1, new Arrival.Interrupt(0x30));
        guest.run("fb 90 90 90").expectVector(0x30); // sti; nop; nop; nop
        assertEquals(TinyGuest.CODE + instructions, guest.slot(0));
    }

    /** The shadow is one of the instruction that could not be fetched, not of the handler's first. */
    @Test
    void aFaultOfTheFetchEndsTheShadow() {
        guest.gate64(Vector.PF, 0x8F00, 0); // a trap gate
        cpu.gpr[Processor.RIP] = TinyGuest.NOT_PRESENT - 1;
        guest.put(TinyGuest.handler(Vector.PF), "90 90 f4");
        guest.boundary.arrive(1, new Arrival.Interrupt(0x30));
        guest.run("fb").expectVector(0x30); // sti, at the end of the last page
        assertEquals(TinyGuest.handler(Vector.PF), guest.slot(0));
    }

    @ParameterizedTest
    @CsvSource({"15, 33", "14, 13"}) // of the 16 bytes of a gate
    void theTableOfGatesEndsWithTheLastByteOfAGate(int last, int vector) {
        cpu.idtLimit = 16 * 0x21 + last;
        guest.run("cd 21").expectVector(vector);
        if (vector == Vector.GP) {
            assertEquals(0x21 << 3 | 2, guest.slot(0));
        }
    }
}
