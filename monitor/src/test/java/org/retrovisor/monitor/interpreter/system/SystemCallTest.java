package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

@OnEachEngine
class SystemCallTest {
    private static final int R11 = 11;
    private static final long ENTRY = TinyGuest.CODE + 0x400;

    private final TinyGuest guest = TinyGuest.long64();
    private final Processor cpu = guest.cpu;

    SystemCallTest() {
        // SYSRET takes 1Bh for 32-bit code, 23h for the stack and 2Bh for 64-bit code
        cpu.msrs.set(Msr.STAR, 0x1BL << 48 | 0x08L << 32);
        cpu.msrs.set(Msr.LSTAR, ENTRY);
        cpu.msrs.set(Msr.SFMASK, Control.IF | Control.TF | Control.DF);
        cpu.msrs.set(Msr.SYSENTER_CS, 0x08);
        cpu.msrs.set(Msr.SYSENTER_ESP, TinyGuest.RSP0);
        cpu.msrs.set(Msr.SYSENTER_EIP, ENTRY);
    }

    @AfterEach
    void close() {
        guest.close();
    }

    @Test
    void syscallKeepsReturnAddressAndFlagsInRegisters() {
        guest.asUser();
        cpu.setRflags(Control.IF | Control.DF | 1);
        guest.step("0f 05", 1);
        assertEquals(ENTRY, guest.register(Processor.RIP));
        assertEquals(TinyGuest.USER_CODE + 2, guest.register(Processor.RCX));
        assertEquals(Control.IF | Control.DF | 3, guest.register(R11));
        assertEquals(3, cpu.rflags());
        assertEquals(0, cpu.cpl);
        assertEquals(0x08, cpu.segments[Segment.CS].selector);
        assertEquals(0x10, cpu.segments[Segment.SS].selector);
        assertEquals(TinyGuest.USER_STACK, guest.register(Processor.RSP), "RSP is the kernel's business");
    }

    @Test
    void syscallIsNotTracedWhenItMasksTheTraceFlag() {
        guest.asUser();
        cpu.setRflags(Control.TF);
        guest.step("0f 05", 1);
        assertEquals(ENTRY, guest.register(Processor.RIP));
    }

    @Test
    void sysretGoesTo64BitCode() {
        cpu.gpr[Processor.RCX] = TinyGuest.USER_CODE;
        cpu.gpr[R11] = Control.IF | Control.RF | Control.VM | Control.IOPL | 1;
        guest.step("48 0f 07", 1);
        assertEquals(TinyGuest.USER_CODE, guest.register(Processor.RIP));
        assertEquals(TinyGuest.USER_CODE_64, cpu.segments[Segment.CS].selector);
        assertEquals(TinyGuest.USER_DATA, cpu.segments[Segment.SS].selector);
        assertEquals(3, cpu.cpl);
        assertEquals(Control.IF | Control.IOPL | 3, cpu.rflags());
        assertEquals(CodeSize.BITS_64, cpu.codeSize);
    }

    @Test
    void sysretGoesToCompatibilityCodeWithoutRexW() {
        cpu.gpr[Processor.RCX] = 0xFFFF_0000_0000_0000L | TinyGuest.USER_CODE;
        guest.step("0f 07", 1);
        assertEquals(TinyGuest.USER_CODE, guest.register(Processor.RIP));
        assertEquals(TinyGuest.USER_CODE_32, cpu.segments[Segment.CS].selector);
        assertEquals(CodeSize.BITS_32, cpu.codeSize);
    }

    @Test
    void sysretToAnAddressThatIsNotCanonicalFaultsInTheKernel() {
        cpu.gpr[Processor.RCX] = 1L << 47;
        guest.run("48 0f 07").expectVector(Vector.GP);
        assertEquals(TinyGuest.CODE_64, guest.slot(2));
    }

    @Test
    void sysretIsForTheKernel() {
        guest.asUser().run("48 0f 07").expectVector(Vector.GP);
    }

    @Test
    void syscallIsUndefinedUntilItIsEnabled() {
        cpu.efer &= ~Control.EFER_SCE;
        guest.run("0f 05").expectVector(Vector.UD);
    }

    @Test
    void syscallIsUndefinedInCompatibilityMode() {
        guest.asUser32().run("0f 05").expectVector(Vector.UD);
    }

    @Test
    void sysenterLeavesCompatibilityModeAndSysexitReturnsToIt() {
        guest.asUser32();
        cpu.setRflags(Control.IF);
        guest.put(ENTRY, "ba 00 10 20 00 b9 00 70 20 00 0f 35"); // mov edx, 201000h; mov ecx, 207000h; sysexit
        guest.step("0f 34", 1);
        assertEquals(CodeSize.BITS_64, cpu.codeSize);
        assertEquals(TinyGuest.RSP0, guest.register(Processor.RSP));
        assertEquals(2, cpu.rflags());
        guest.machine.run(4);
        assertEquals(CodeSize.BITS_32, cpu.codeSize);
        assertEquals(3, cpu.cpl);
        assertEquals(0x20_1000, guest.register(Processor.RIP));
        assertEquals(0x20_7000, guest.register(Processor.RSP));
        assertEquals(TinyGuest.USER_CODE_32, cpu.segments[Segment.CS].selector);
    }

    /** All other flags stay. */
    @Test
    void sysenterLeavesVirtual8086ModeWithInterruptsOff() {
        try (TinyGuest legacy = TinyGuest.protected32()) {
            legacy.cpu.msrs.set(Msr.SYSENTER_CS, TinyGuest.CODE_32 | 3);
            legacy.cpu.msrs.set(Msr.SYSENTER_ESP, 0x1234_5678_0000_0000L | TinyGuest.RSP0);
            legacy.cpu.msrs.set(Msr.SYSENTER_EIP, 0x1234_5678_0000_0000L | ENTRY);
            int kept = Control.IOPL | Control.NT | Control.AC | Control.DF | Control.ID | 3;
            legacy.asVirtual8086(Control.IF | Control.RF | kept).step("0f 34", 1);
            assertEquals(kept, legacy.cpu.rflags());
            assertEquals(CodeSize.BITS_32, legacy.cpu.codeSize);
            assertEquals(0, legacy.cpu.cpl);
            assertEquals(TinyGuest.CODE_32, legacy.cpu.segments[Segment.CS].selector);
            assertEquals(TinyGuest.CODE_32 + 8, legacy.cpu.segments[Segment.SS].selector);
            assertEquals(0, legacy.cpu.segments[Segment.CS].base);
            assertEquals(ENTRY, legacy.register(Processor.RIP));
            assertEquals(TinyGuest.RSP0, legacy.register(Processor.RSP));
        }
    }

    @Test
    void sysexitGoesTo64BitCodeWithRexWAndKeepsTheFlags() {
        cpu.gpr[Processor.RDX] = 0x1234_5678_9ABCL;
        cpu.gpr[Processor.RCX] = 0x7FFF_FFFF_FFF8L;
        cpu.setRflags(Control.NT | Control.AC | Control.IOPL | 3);
        guest.step("48 0f 35", 1);
        assertEquals(0x1234_5678_9ABCL, guest.register(Processor.RIP));
        assertEquals(0x7FFF_FFFF_FFF8L, guest.register(Processor.RSP));
        assertEquals(TinyGuest.USER_CODE_64, cpu.segments[Segment.CS].selector);
        assertEquals(TinyGuest.USER_CODE_64 + 8, cpu.segments[Segment.SS].selector);
        assertEquals(3, cpu.cpl);
        assertEquals(3, cpu.segments[Segment.CS].dpl());
        assertEquals(3, cpu.segments[Segment.SS].dpl());
        assertEquals(Control.NT | Control.AC | Control.IOPL | 3, cpu.rflags());
        assertEquals(CodeSize.BITS_64, cpu.codeSize);
    }

    @Test
    void sysexitTo32BitCodeTakes32Bits() {
        cpu.gpr[Processor.RDX] = -1L << 32 | TinyGuest.USER_CODE;
        cpu.gpr[Processor.RCX] = 1L << 60 | TinyGuest.USER_STACK;
        guest.step("0f 35", 1);
        assertEquals(TinyGuest.USER_CODE, guest.register(Processor.RIP));
        assertEquals(TinyGuest.USER_STACK, guest.register(Processor.RSP));
        assertEquals(TinyGuest.USER_CODE_32, cpu.segments[Segment.CS].selector);
        assertEquals(TinyGuest.USER_DATA, cpu.segments[Segment.SS].selector);
    }

    @ParameterizedTest
    @ValueSource(ints = {Processor.RCX, Processor.RDX})
    void sysexitRefusesAddressesThatAreNotCanonical(int register) {
        cpu.gpr[register] = 1L << 47;
        guest.run("48 0f 35").expectVector(Vector.GP);
        assertEquals(0, guest.slot(0));
        assertEquals(TinyGuest.CODE_64, guest.slot(2), "at level 0");
        assertEquals(TinyGuest.STACK, guest.slot(4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0f 35", "48 0f 35"})
    void sysexitNeedsASegment(String instruction) {
        cpu.msrs.set(Msr.SYSENTER_CS, 3);
        guest.run(instruction).expectVector(Vector.GP);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0f 34", "0f 35"})
    void realModeHasNoFastSystemCalls(String instruction) {
        try (TinyGuest real = TinyGuest.real()) {
            real.cpu.msrs.set(Msr.SYSENTER_CS, TinyGuest.CODE_32);
            real.run(instruction).expectVector(Vector.GP);
        }
    }

    @Test
    void sysenterNeedsASegment() {
        cpu.msrs.set(Msr.SYSENTER_CS, 3);
        guest.asUser().run("0f 34").expectVector(Vector.GP);
    }

    @Test
    void swapgsExchangesTheBaseOfGs() {
        cpu.segments[Segment.GS].base = 0x1111;
        cpu.msrs.set(Msr.KERNEL_GS_BASE, 0xFFFF_8000_0000_2222L);
        guest.step("0f 01 f8", 1);
        assertEquals(0xFFFF_8000_0000_2222L, cpu.segments[Segment.GS].base);
        assertEquals(0x1111, cpu.msrs.get(Msr.KERNEL_GS_BASE));
    }

    @Test
    void swapgsIsForTheKernel() {
        guest.asUser().run("0f 01 f8").expectVector(Vector.GP);
    }

    @Test
    void theBasesOfFsAndGsAreForEveryoneOnceEnabled() {
        guest.asUser();
        cpu.cr4 |= Control.CR4_FSGSBASE;
        cpu.gpr[Processor.RAX] = 0x1234_5678_9ABCL;
        guest.step("f3 48 0f ae d0 f3 48 0f ae c1 f3 0f ae c2", 3); // wrfsbase rax; rdfsbase rcx; rdfsbase edx
        assertEquals(0x1234_5678_9ABCL, guest.register(Processor.RCX));
        assertEquals(0x5678_9ABCL, guest.register(Processor.RDX));
    }

    @Test
    void theBasesOfFsAndGsAreUndefinedUntilEnabled() {
        guest.run("f3 48 0f ae c0").expectVector(Vector.UD);
    }
}
