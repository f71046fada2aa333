package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Descriptors;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

@OnEachEngine
class ModeSwitchTest {
    @Test
    void realModeEntersProtectedModeWithAFarJump() {
        try (TinyGuest guest = TinyGuest.real()) {
            guest.put(0x1_0800, "7f 00 00 40 00 00"); // GDT limit and base
            guest.code("0f 01 16 00 08" // lgdt [800h]
                    + "0f 20 c0 66 83 c8 01 0f 22 c0" // mov eax, cr0; or eax, 1; mov cr0, eax
                    + "66 ea 00 02 03 00 30 00"); // jmp dword 30h:30200h
            guest.put(TinyGuest.CODE + 0x200, "b8 10 00 00 00 8e d8 f4"); // mov eax, 10h; mov ds, eax; hlt
            guest.machine.run(100);
            assertTrue(guest.cpu.halted);
            assertEquals(CodeSize.BITS_32, guest.cpu.codeSize);
            assertEquals(TinyGuest.CODE + 0x208, guest.register(Processor.RIP));
            assertEquals(0xFFFF_FFFFL, guest.cpu.segments[Segment.DS].limit);
            assertEquals(TinyGuest.GDT_AT, guest.cpu.gdtBase);
        }
    }

    @Test
    void longModeBecomesActiveWithPagingAndStartsWithAFarJump() {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.put64(0x1000, 0x2007).put64(0x2000, 0x3007).put64(0x3000, 0x83);
            guest.code("b9 80 00 00 c0 b8 00 01 00 00 31 d2 0f 30" // WRMSR EFER = LME
                    + "b8 20 00 00 00 0f 22 e0" // CR4.PAE
                    + "b8 00 10 00 00 0f 22 d8" // CR3
                    + "0f 20 c0 0d 00 00 00 80 0f 22 c0" // CR0.PG
                    + "ea 00 02 03 00 08 00"); // jmp 8:30200h
            guest.put(TinyGuest.CODE + 0x200, "48 b8 88 77 66 55 44 33 22 11 f4"); // mov rax, imm64; hlt
            guest.machine.run(100);
            assertTrue(guest.cpu.halted);
            assertTrue(guest.cpu.longMode());
            assertEquals(CodeSize.BITS_64, guest.cpu.codeSize);
            assertEquals(0x1122_3344_5566_7788L, guest.register(Processor.RAX));
        }
    }

    @Test
    void longModeEndsWhenCompatibilityCodeTurnsPagingOff() {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.put(TinyGuest.CODE + 0x100, "00 02 03 00 30 00"); // 30h:30200h
            guest.code("ff 2c 25 00 01 03 00"); // jmp far [30100h]
            guest.put(TinyGuest.CODE + 0x200, "0f 20 c0 25 ff ff ff 7f 0f 22 c0 f4");
            guest.machine.run(100);
            assertTrue(guest.cpu.halted);
            assertFalse(guest.cpu.longMode());
            assertEquals(Control.EFER_LME, guest.cpu.efer & Control.EFER_LME);
            assertEquals(CodeSize.BITS_32, guest.cpu.codeSize);
        }
    }

    @Test
    void pagingCannotBeTurnedOffIn64BitMode() {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.run("0f 20 c0 25 ff ff ff 7f 0f 22 c0").expectVector(Vector.GP);
        }
    }

    @Test
    void longModeNeedsPae() {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.cpu.efer = Control.EFER_LME;
            guest.run("0f 20 c0 0d 00 00 00 80 0f 22 c0").expectVector(Vector.GP);
            assertFalse(guest.cpu.longMode());
        }
    }

    /** Turns paging on, with EFER.LME and PAE. */
    private static TinyGuest activating(int version) {
        TinyGuest guest = TinyGuest.protected32(CpuModel.V2, version);
        guest.put64(0x1000, 0x2007).put64(0x2000, 0x3007).put64(0x3000, 0x83);
        guest.cpu.efer = Control.EFER_LME;
        guest.cpu.cr4 = Control.CR4_PAE;
        guest.cpu.cr3 = 0x1000;
        return guest.code("0f 20 c0 0d 00 00 00 80 0f 22 c0 f4");
    }

    private static void refused(TinyGuest guest) {
        guest.machine.run(100);
        guest.expectVector(Vector.GP);
        assertEquals(0, guest.slot32(0));
        assertEquals(TinyGuest.CODE + 8, guest.slot32(1));
        assertFalse(guest.cpu.longMode());
        assertEquals(0, guest.cpu.cr0 & Control.CR0_PG);
    }

    @Test
    void longModeIsNotActivatedFromCodeThatIsMarkedAs64Bit() {
        try (TinyGuest guest = activating(ModelChange.currentVersion())) {
            guest.cpu.segments[Segment.CS].attributes |= Segment.LONG;
            refused(guest);
        }
    }

    @Test
    void longModeIsNotActivatedInATaskOf16Bits() {
        try (TinyGuest guest = activating(ModelChange.currentVersion())) {
            guest.cpu.segments[Segment.TR].attributes = Segment.PRESENT | Descriptors.TSS16_BUSY;
            refused(guest);
        }
        try (TinyGuest guest = activating(3)) { // which did not look at it
            guest.cpu.segments[Segment.TR].attributes = Segment.PRESENT | Descriptors.TSS16_BUSY;
            guest.machine.run(100);
            assertTrue(guest.cpu.longMode());
        }
    }

    /** Without LME, paging is turned on in the same task: long mode is what does not have it. */
    @Test
    void pagingIsTurnedOnInATaskOf16Bits() {
        try (TinyGuest guest = activating(ModelChange.currentVersion())) {
            guest.put64(0x1000, 0x2001).put64(0x2000, 0x83);
            guest.cpu.efer = 0;
            guest.cpu.segments[Segment.TR].attributes = Segment.PRESENT | Descriptors.TSS16_BUSY;
            guest.machine.run(100);
            assertTrue(guest.cpu.halted);
            assertEquals(TinyGuest.CODE + 12, guest.register(Processor.RIP));
        }
    }

    @Test
    void paeCannotBeTurnedOffInLongMode() {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.run("31 c0 0f 22 e0").expectVector(Vector.GP);
        }
    }

    @Test
    void reservedBitsOfControlRegistersAreRefused() {
        for (String move : new String[]{"0f 22 c0", "0f 22 d8", "0f 22 e0"}) {
            try (TinyGuest guest = TinyGuest.long64()) {
                guest.cpu.gpr[Processor.RAX] = 1L << 60;
                guest.run(move).expectVector(Vector.GP);
            }
        }
    }

    @Test
    void virtualModeExtensionsAndPcidAreNotOffered() {
        for (long bit : new long[]{Control.CR4_VME, Control.CR4_PVI, Control.CR4_PCIDE, 1 << 13}) {
            try (TinyGuest guest = TinyGuest.long64()) {
                guest.cpu.gpr[Processor.RAX] = Control.CR4_PAE | bit;
                guest.run("0f 22 e0").expectVector(Vector.GP);
            }
        }
    }

    @Test
    void pagingNeedsProtection() {
        try (TinyGuest guest = TinyGuest.real()) {
            guest.run("66 b8 00 00 00 80 0f 22 c0").expectVector(Vector.GP);
        }
    }

    @Test
    void lmswSetsProtectionButCannotClearIt() {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.step("31 c0 0f 01 f0", 2); // xor eax, eax; lmsw ax
            assertTrue(guest.cpu.protectedMode());
        }
    }

    @Test
    void control8IsTheTaskPriorityOfThePlatform() {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.boundary.reads.add(7L);
            guest.step("44 0f 20 c0 44 0f 22 c0", 2); // mov rax, cr8; mov cr8, rax
            assertEquals(7, guest.register(Processor.RAX));
            assertEquals("[MSR ffffffffffffff08 8 7 @1]", guest.boundary.writes.toString());
        }
    }

    @Test
    void controlRegistersThatDoNotExistAreUndefined() {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.run("44 0f 20 d0").expectVector(Vector.UD); // mov rax, cr10
        }
    }

    @Test
    void debugRegistersKeepTheirReservedBits() {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.cpu.gpr[Processor.RAX] = 0xFFFF_DFFFL;
            guest.step("0f 23 f8 0f 21 f9 0f 23 f0 0f 21 f2", 4); // dr7 = rax; rcx = dr7; dr6 = rax; rdx = dr6
            assertEquals(0xFFFF_07FFL, guest.register(Processor.RCX));
            assertEquals(0xFFFF_CFFFL, guest.register(Processor.RDX));
        }
    }

    @Test
    void generalDetectGuardsTheDebugRegisters() {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.cpu.dr[7] = 0x2400;
            guest.run("0f 21 f8").expectVector(Vector.DB);
            assertEquals(0x400, guest.cpu.dr[7]);
            assertEquals(1 << 13, guest.cpu.dr[6] & 1 << 13);
            assertEquals(TinyGuest.CODE, guest.slot(0));
        }
    }

    @Test
    void debugRegister4IsAnAliasUnlessDebuggingExtensionsAreOn() {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.step("0f 21 e0", 1);
            assertEquals(0xFFFF_0FF0L, guest.register(Processor.RAX));
            guest.cpu.cr4 |= Control.CR4_DE;
            guest.run("0f 21 e0").expectVector(Vector.UD);
        }
    }
}
