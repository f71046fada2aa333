package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

@OnEachEngine
class FarTransferTest {
    private static final String CALL_FAR = "ff 1c 25 00 01 03 00"; // call far [30100h]
    private static final String CALL_FAR_USER = "ff 1c 25 00 01 20 00"; // call far [200100h]
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

    private void gate(int access, int selector, long offset) {
        long low = offset & 0xFFFF | (long) selector << 16 | (long) access << 40 | (offset >>> 16 & 0xFFFF) << 48;
        guest.put64(TinyGuest.GDT_AT + TinyGuest.GATE, low);
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
            long low = TARGET & 0xFFFF | (long) TinyGuest.CODE_32 << 16 | 2L << 32 | 0xECL << 40 | TARGET >>> 16 << 48;
            legacy.put64(TinyGuest.GDT_AT + TinyGuest.GATE, low);
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
}
