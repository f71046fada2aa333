package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Encodings that silicon refuses, and what switches instructions off. */
@OnEachEngine
class UndefinedFormsTest {
    private final TinyGuest guest = TinyGuest.long64(CpuModel.V3);
    private final Processor cpu = guest.cpu;

    UndefinedFormsTest() {
        withAvx(cpu);
    }

    private static void withAvx(Processor cpu) {
        cpu.cr4 |= Control.CR4_OSFXSR | Control.CR4_OSXSAVE;
        cpu.xcr0 = 7;
        cpu.gpr[Processor.RBX] = TinyGuest.USER_STACK;
    }

    @AfterEach
    void close() {
        guest.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "44 0f 20 d8", // mov rax, cr11
        "44 0f 22 e0", // mov cr12, rax
        "44 0f 21 d0", // mov rax, dr10
        "44 0f 23 d0", // mov dr10, rax
        "f3 0f 38 f0 03", // movbe eax, [rbx]
        "f3 0f 38 f1 03", // movbe [rbx], eax
        "c4 e2 f9 90 03", // vpgatherdq xmm0, [rbx], xmm0, without an index
        "c4 e2 f9 92 43 08", // vgatherdpd
        "f0 c5 f8 58 03", // lock vaddps
        "66 c5 f8 58 03",
        "40 c5 f8 58 03",
        "c5 f0 10 03" // vmovups with a third register
    })
    void areUndefinedAtAnyLevel(String instruction) {
        guest.run(instruction).expectVector(Vector.UD);
        cpu.halted = false;
        guest.asUser().run(instruction).expectVector(Vector.UD);
    }

    @Test
    void theTopBitOfAThirdRegisterThatNothingUsesIsNotIgnoredIn32BitCode() {
        cpu.gpr[Processor.RBX] = TinyGuest.USER_STACK;
        guest.asUser32().run("c4 e1 38 10 03").expectVector(Vector.UD); // vmovups xmm0, [ebx] with vvvv 0111
    }

    /** What stands in eight bytes of memory, by the version of the models. */
    @ParameterizedTest
    @CsvSource({"8, 5555555511223344", "7, 1122334411223344"})
    void movesToMemoryAre32BitsWideOutside64BitModeWhateverVexW(int version, String stored) {
        try (TinyGuest narrow = TinyGuest.protected32(CpuModel.V3, version)) {
            withAvx(narrow.cpu);
            narrow.cpu.xmm[0] = 0x1122_3344_1122_3344L;
            narrow.put64(TinyGuest.USER_STACK, 0x5555_5555_5555_5555L);
            narrow.run("c4 e1 f9 7e 03 f4"); // vmovd [ebx], xmm0
            assertEquals(stored, Long.toHexString(narrow.get64(TinyGuest.USER_STACK)));
        }
    }

    /** vpextrd eax, xmm0, 0 and vpinsrd xmm0, xmm0, eax, 0, with VEX.W */
    @ParameterizedTest
    @ValueSource(strings = {"c4 e3 f9 16 c0 00", "c4 e3 f9 22 c0 00"})
    void extractsAndInsertsAreUndefinedWithVexWOutside64BitMode(String instruction) {
        try (TinyGuest narrow = TinyGuest.protected32(CpuModel.V3)) {
            withAvx(narrow.cpu);
            narrow.run(instruction).expectVector(Vector.UD);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 5})
    void withoutBothHalvesInXcr0ThereIsNoAvx(long components) {
        cpu.xcr0 = components;
        guest.run("c5 f8 58 03").expectVector(Vector.UD);
        cpu.halted = false;
        cpu.gpr[Processor.RIP] = TinyGuest.CODE;
        guest.step("c4 e2 78 f2 c3", 1); // andn eax, eax, ebx needs none
        assertEquals(TinyGuest.CODE + 5, guest.register(Processor.RIP));
    }

    @Test
    void aPendingX87ExceptionComesWithTheNextMmxInstruction() {
        cpu.cr0 |= Control.CR0_NE;
        cpu.fpu.initialize();
        cpu.fpu.setControl(0x37E);
        cpu.fpu.setStatus(1);
        guest.run("0f fc c1").expectVector(Vector.MF); // paddb mm0, mm1
    }

    @ParameterizedTest
    @ValueSource(strings = {"f3 6c", "f3 6d", "f3 6e", "f3 6f"})
    void portsAreAskedForBeforeTheCount(String instruction) {
        cpu.gpr[Processor.RCX] = 0;
        guest.asUser().run(instruction).expectVector(Vector.GP);
        assertEquals(TinyGuest.USER_CODE, guest.slot(1));
    }

    /** vcvtps2ph [rbx], ymm0: inexact, but the page may not be written; the flag would be the next instruction's. */
    @Test
    void aConversionThatCannotBeStoredLeavesNoFlag() {
        cpu.xmm[0] = 0x3F80_0001L;
        cpu.gpr[Processor.RBX] = TinyGuest.READ_ONLY;
        guest.put(TinyGuest.handler(Vector.PF), "0f 58 d2 f4"); // addps xmm2, xmm2
        guest.stop("c4 e3 7d 1d 03 00");
        assertEquals(TinyGuest.handler(Vector.PF) + 4, guest.register(Processor.RIP));
        assertEquals(0x1F80, cpu.mxcsr);
    }

    /** vcvtps2ph xmm1, xmm0: too small for a half, but all of its significand fits; a denormal is always inexact. */
    @ParameterizedTest
    @CsvSource({"6, 0x00800000, 0x1790", "5, 0x00800000, 0x17B0", "6, 0x00800001, 0x17B0", "6, 0x00100000, 0x17B2",
        "6, 0x00000001, 0x17B2"})
    void anUnderflowThatTrapsIsInexactByTheUnboundedExponent(int version, String single, String mxcsr) {
        try (TinyGuest small = TinyGuest.long64(CpuModel.V3, version)) {
            small.cpu.cr4 |= Control.CR4_OSFXSR | Control.CR4_OSXSAVE | Control.CR4_OSXMMEXCPT;
            small.cpu.xcr0 = 7;
            small.cpu.xmm[0] = Long.decode(single);
            small.cpu.mxcsr = 0x1780;
            small.run("c4 e3 79 1d c1 02").expectVector(Vector.XM);
            assertEquals(Integer.decode(mxcsr), small.cpu.mxcsr);
        }
    }
}
