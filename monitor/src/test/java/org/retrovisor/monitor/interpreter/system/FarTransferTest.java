package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

@OnEachEngine
class FarTransferTest {
    private static final String CALL_FAR = "ff 1c 25 00 01 03 00"; // call far [30100h]
    private static final String JUMP_FAR = "ff 2c 25 00 01 03 00"; // jmp far [30100h]
    private static final String CALL_FAR_USER = "ff 1c 25 00 01 20 00"; // call far [200100h]
    /** Attributes of a code segment with L and D. */
    private static final int BOTH_SIZES = 0xE09B;
    private static final long POINTER = TinyGuest.CODE + 0x100;
    private static final long USER_POINTER = TinyGuest.USER_CODE + 0x100;
    private static final long TARGET = TinyGuest.CODE + 0x200;

    private final TinyGuest guest = TinyGuest.long64();
    private final Processor cpu = guest.cpu;

    @AfterEach
    void close() {
        guest.close();
    }

    private void pointer(long at, int selector, long offset) {
        guest.put32(at, offset).put(at + 4, "%02x%02x".formatted(selector & 0xFF, selector >> 8));
    }

    /** The lower half of a call gate. */
    private static long gate(int access, int selector, long offset, int parameters) {
        return offset & 0xFFFF | (long) selector << 16 | (long) parameters << 32 | (long) access << 40
                | (offset >>> 16 & 0xFFFF) << 48;
    }

    private void gate(int access, int selector, long offset) {
        guest.put64(TinyGuest.GDT_AT + TinyGuest.GATE, gate(access, selector, offset, 0));
        guest.put64(TinyGuest.GDT_AT + TinyGuest.GATE + 8, offset >>> 32);
    }

    @Test
    void a64BitCallerCallsCompatibilityCodeAndGetsBack() {
        pointer(POINTER, TinyGuest.CODE_32, TARGET);
        guest.put(TARGET, "cb"); // retf, 32 bits
        guest.step(CALL_FAR, 1);
        assertEquals(CodeSize.BITS_32, cpu.codeSize);
        assertEquals(TinyGuest.STACK - 8, guest.register(Processor.RSP));
        guest.machine.run(2);
        assertEquals(CodeSize.BITS_64, cpu.codeSize);
        assertEquals(TinyGuest.CODE + 7, guest.register(Processor.RIP));
        assertEquals(TinyGuest.STACK, guest.register(Processor.RSP));
    }

    @Test
    void aWideFarReturnPopsEightBytesEachAndReleasesParameters() {
        cpu.gpr[Processor.RSP] = 0x5_0000;
        guest.put64(0x5_0000, TARGET).put64(0x5_0008, TinyGuest.CODE_64);
        guest.step("48 ca 20 00", 1); // retfq 20h
        assertEquals(TARGET, guest.register(Processor.RIP));
        assertEquals(0x5_0030, guest.register(Processor.RSP));
    }

    @Test
    void aFarReturnToTheUserLoadsTheUsersStack() {
        cpu.gpr[Processor.RSP] = 0x5_0000;
        guest.put64(0x5_0000, TinyGuest.USER_CODE).put64(0x5_0008, TinyGuest.USER_CODE_64);
        guest.put64(0x5_0010, TinyGuest.USER_STACK).put64(0x5_0018, TinyGuest.USER_DATA);
        guest.step("48 cb", 1);
        assertEquals(3, cpu.cpl);
        assertEquals(TinyGuest.USER_STACK, guest.register(Processor.RSP));
        assertEquals(0, cpu.segments[Segment.ES].attributes, "too privileged for the user");
    }

    @Test
    void aFarReturnInwardIsRefused() {
        guest.asUser();
        guest.put64(TinyGuest.USER_STACK, TARGET).put64(TinyGuest.USER_STACK + 8, TinyGuest.CODE_64);
        guest.run("48 cb").expectVector(Vector.GP);
        assertEquals(TinyGuest.CODE_64, guest.slot(0));
    }

    @Test
    void aCallGateLeadsTheUserToTheKernelsStack() {
        gate(0xEC, TinyGuest.CODE_64, TARGET);
        pointer(USER_POINTER, TinyGuest.GATE | 3, 0);
        guest.put(TARGET, "48 cb"); // retfq
        guest.asUser().step(CALL_FAR_USER, 1);
        assertEquals(TARGET, guest.register(Processor.RIP));
        assertEquals(0, cpu.cpl);
        assertEquals(TinyGuest.RSP0 - 32, guest.register(Processor.RSP));
        assertEquals(TinyGuest.USER_CODE + 7, guest.slot(0));
        assertEquals(TinyGuest.USER_CODE_64, guest.slot(1));
        assertEquals(TinyGuest.USER_STACK, guest.slot(2));
        assertEquals(TinyGuest.USER_DATA, guest.slot(3));
        guest.machine.run(2);
        assertEquals(3, cpu.cpl);
        assertEquals(TinyGuest.USER_CODE + 7, guest.register(Processor.RIP));
        assertEquals(TinyGuest.USER_STACK, guest.register(Processor.RSP));
    }

    @Test
    void aCallGateForTheKernelIsClosedToTheUser() {
        gate(0x8C, TinyGuest.CODE_64, TARGET);
        pointer(USER_POINTER, TinyGuest.GATE | 3, 0);
        guest.asUser().run(CALL_FAR_USER).expectVector(Vector.GP);
        assertEquals(TinyGuest.GATE, guest.slot(0));
    }

    @Test
    void conformingCodeRunsAtTheLevelOfItsCaller() {
        pointer(USER_POINTER, TinyGuest.CONFORMING_64, TinyGuest.USER_CODE + 0x80);
        guest.asUser().step(CALL_FAR_USER, 1);
        assertEquals(3, cpu.cpl);
        assertEquals(TinyGuest.CONFORMING_64 | 3, cpu.segments[Segment.CS].selector);
    }

    @Test
    void farTransfersRefuseWhatIsNoCode() {
        pointer(POINTER, TinyGuest.DATA, TARGET);
        guest.run(CALL_FAR).expectVector(Vector.GP);
        assertEquals(TinyGuest.DATA, guest.slot(0));
    }

    @Test
    void aTaskStateSegmentIsNoTarget() {
        pointer(POINTER, TinyGuest.TSS, TARGET);
        guest.run(CALL_FAR).expectVector(Vector.GP);
        assertEquals(TinyGuest.TSS, guest.slot(0));
    }

    @Test
    void aLegacyCallGateCopiesParameters() {
        try (TinyGuest legacy = TinyGuest.protected32().asUser32()) {
            legacy.put64(TinyGuest.GDT_AT + TinyGuest.GATE, gate(0xEC, TinyGuest.CODE_32, TARGET, 2));
            legacy.put(TARGET, "ca 08 00"); // retf 8
            legacy.step("6a 11 6a 22 9a 00 00 00 00 4b 00", 3); // push 11h; push 22h; call 4Bh:0
            assertEquals(TinyGuest.RSP0 - 24, legacy.register(Processor.RSP));
            int[] frame = {(int) TinyGuest.USER_CODE + 11, TinyGuest.USER_CODE_32, 0x22, 0x11};
            for (int n = 0; n < frame.length; n++) {
                assertEquals(frame[n], legacy.slot32(n), "slot " + n);
            }
            legacy.machine.run(4);
            assertEquals(3, legacy.cpu.cpl);
            assertEquals(TinyGuest.USER_STACK, legacy.register(Processor.RSP));
        }
    }

    @Test
    void realModeCallsSixteenBitPointers() {
        try (TinyGuest real = TinyGuest.real()) {
            real.put(0x4_0010, "cb");
            real.step("9a 10 00 00 40", 1); // call 4000h:10h
            assertEquals(0x4_0000, real.cpu.segments[Segment.CS].base);
            real.machine.run(2);
            assertEquals(TinyGuest.CODE, real.cpu.segments[Segment.CS].base);
            assertEquals(5, real.register(Processor.RIP));
            assertEquals(0x1000, real.register(Processor.RSP));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 41, 42, 43, 44})
    void theUpperHalfOfACallGateHasNoType(int bit) {
        for (String instruction : new String[]{CALL_FAR, JUMP_FAR}) {
            try (TinyGuest other = TinyGuest.long64()) {
                other.put64(TinyGuest.GDT_AT + TinyGuest.GATE, gate(0x8C, TinyGuest.CODE_64, TARGET, 0));
                other.put64(TinyGuest.GDT_AT + TinyGuest.GATE + 8, 1L << bit);
                other.put(POINTER, "00000000 4800").run(instruction).expectVector(Vector.GP);
                assertEquals(TinyGuest.GATE, other.slot(0));
                assertEquals(TinyGuest.CODE, other.slot(1));
            }
        }
    }

    @Test
    void onlyTheTypeOfTheUpperHalfMatters() {
        gate(0x8C, TinyGuest.CODE_64, TARGET);
        guest.put64(TinyGuest.GDT_AT + TinyGuest.GATE + 8, 0xFFFF_E0FF_0000_0000L);
        pointer(POINTER, TinyGuest.GATE, 0);
        guest.step(JUMP_FAR, 1);
        assertEquals(TARGET, guest.register(Processor.RIP));
    }

    @Test
    void theUpperHalfOfACallGateLiesInTheTable() {
        gate(0x8C, TinyGuest.CODE_64, TARGET);
        pointer(POINTER, TinyGuest.GATE, 0);
        cpu.gdtLimit = TinyGuest.GATE + 14;
        guest.run(CALL_FAR).expectVector(Vector.GP);
        assertEquals(TinyGuest.GATE, guest.slot(0));
    }

    @Test
    void aCallGateMustNotLeadToAnAddressThatIsNotCanonical() {
        gate(0x8C, TinyGuest.CODE_64, 1L << 47);
        pointer(POINTER, TinyGuest.GATE, 0);
        guest.run(CALL_FAR).expectVector(Vector.GP);
        assertEquals(0, guest.slot(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {0xC09B, 0xE09B, 0x809B}) // 32-bit code, L and D, 16-bit code
    void aCallGateOfLongModeLeadsTo64BitCode(int attributes) {
        guest.put64(TinyGuest.GDT_AT + TinyGuest.CODE_16, TinyGuest.descriptor(0, 0xFFFFF, attributes));
        gate(0x8C, TinyGuest.CODE_16, TARGET);
        pointer(POINTER, TinyGuest.GATE, 0);
        guest.run(CALL_FAR).expectVector(Vector.GP);
        assertEquals(TinyGuest.CODE_16, guest.slot(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {CALL_FAR, JUMP_FAR, "48 cb", "48 cf"}) // the last two: retfq, iretq
    void codeOf64BitsCannotHaveADefaultOf32(String instruction) {
        guest.put64(TinyGuest.GDT_AT + TinyGuest.CODE_16, TinyGuest.descriptor(0, 0xFFFFF, BOTH_SIZES));
        pointer(POINTER, TinyGuest.CODE_16, TARGET);
        long[] frame = {TARGET, TinyGuest.CODE_16, 2, TinyGuest.STACK, TinyGuest.DATA};
        for (int n = 0; n < frame.length; n++) {
            guest.put64(TinyGuest.STACK + 8 * n, frame[n]);
        }
        guest.run(instruction).expectVector(Vector.GP);
        assertEquals(TinyGuest.CODE_16, guest.slot(0));
        assertEquals(TinyGuest.CODE, guest.slot(1));
    }

    @Test
    void compatibilityCodeDoesNotGetThereEither() {
        guest.put64(TinyGuest.GDT_AT + TinyGuest.CODE_16, TinyGuest.descriptor(0, 0xFFFFF, BOTH_SIZES));
        cpu.segments[Segment.CS].set(TinyGuest.CODE_32, 0, 0xFFFF_FFFFL, 0xC09B);
        cpu.updateCodeSize();
        guest.run("ea 00 02 03 00 68 00").expectVector(Vector.GP); // jmp CODE_16:TARGET
        assertEquals(TinyGuest.CODE_16, guest.slot(0));
    }

    @Test
    void outsideLongModeOnlyTheDefaultSizeCounts() {
        try (TinyGuest legacy = TinyGuest.protected32()) {
            legacy.put64(TinyGuest.GDT_AT + TinyGuest.CODE_16, TinyGuest.descriptor(0, 0xFFFFF, BOTH_SIZES));
            legacy.step("ea 00 02 03 00 68 00", 1);
            assertEquals(TARGET, legacy.register(Processor.RIP));
            assertEquals(CodeSize.BITS_32, legacy.cpu.codeSize);
        }
    }
}
