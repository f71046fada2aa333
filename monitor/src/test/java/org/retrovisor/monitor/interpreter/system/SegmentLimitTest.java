package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Limits hold for the last byte of an operand, in segments that expand up and down. */
@OnEachEngine
class SegmentLimitTest {
    private static final long LIMIT = 0xFFF;
    private static final long BASE = 0x1_0000;

    private static TinyGuest guest(int attributes) {
        TinyGuest guest = TinyGuest.protected32();
        guest.cpu.segments[Segment.ES].set(TinyGuest.DATA, BASE, LIMIT, attributes);
        return guest;
    }

    @ParameterizedTest
    @CsvSource({
        "ffc, 26 8b 03, 6", "ffd, 26 8b 03, 13", "fff, 26 8a 03, 6", "1000, 26 8a 03, 13", "ffe, 26 66 8b 03, 6",
        "fff, 26 66 8b 03, 13", "ff8, 26 dd 03, 6", "ff9, 26 dd 03, 13", "ffb, 26 ff 2b, 13", "ffe, 26 8c 1b, 6",
        "ff0, 26 0f 10 03, 6", "ff1, 26 0f 10 03, 13"})
    void upwardTheLastByteMustNotBeBeyondTheLimit(String offset, String code, int vector) {
        try (TinyGuest guest = guest(0xC093)) {
            guest.cpu.cr4 |= 0x200;
            guest.cpu.gpr[Processor.RBX] = Long.parseLong(offset, 16);
            guest.run(code + "0f0b").expectVector(vector);
        }
    }

    @ParameterizedTest
    @CsvSource({"fff, 8a, 13", "1000, 8a, 6", "ffd, 8b, 13", "fffffffc, 8b, 6", "fffffffd, 8b, 13"})
    void downwardTheFirstByteMustBeAboveTheLimit(String offset, String opcode, int vector) {
        try (TinyGuest guest = guest(0xC097)) {
            guest.cpu.gpr[Processor.RBX] = Long.parseLong(offset, 16);
            guest.run("26" + opcode + "03 0f0b").expectVector(vector);
        }
    }

    @Test
    void aSmallSegmentThatExpandsDownEndsAt64KiB() {
        try (TinyGuest guest = guest(0x0097)) {
            guest.cpu.gpr[Processor.RBX] = 0xFFFD;
            guest.run("26 8b 03").expectVector(Vector.GP);
        }
    }

    @Test
    void theStackSegmentHasAnExceptionOfItsOwn() {
        try (TinyGuest guest = TinyGuest.protected32()) {
            guest.put64(TinyGuest.GDT_AT + TinyGuest.DATA_16, TinyGuest.descriptor(0, LIMIT, 0x4093));
            guest.cpu.gpr[Processor.RBX] = LIMIT - 2;
            guest.cpu.segments[Segment.SS].set(TinyGuest.DATA_16, 0, LIMIT, 0x4093);
            guest.cpu.gpr[Processor.RSP] = 0x800;
            guest.run("36 8b 03").expectVector(Vector.SS);
        }
    }

    @Test
    void realModeHasNoWordAtTheEndOfASegment() {
        try (TinyGuest guest = TinyGuest.real()) {
            guest.cpu.gpr[Processor.RBX] = 0xFFFF;
            guest.run("8b 07").expectVector(Vector.GP);
        }
    }

    @Test
    void unrealModeKeepsTheLimitOfProtectedMode() {
        try (TinyGuest guest = TinyGuest.real()) {
            guest.cpu.segments[Segment.DS].set(0, 0, 0xFFFF_FFFFL, 0x93);
            guest.cpu.gpr[Processor.RBX] = 0x20_0000;
            guest.put32(0x20_0000, 0x1234_5678).run("67 66 8b 03 f4"); // mov eax, [ebx]
            assertEquals(0x1234_5678, guest.register(Processor.RAX));
        }
    }

    /** What a segment can reach is loaded in protected mode only, so that it stays behind a load in real mode. */
    @Test
    void aLoadInRealModeKeepsTheLimit() {
        try (TinyGuest guest = TinyGuest.real()) {
            guest.cpu.segments[Segment.DS].set(0, 0, 0xFFFF_FFFFL, 0x93);
            guest.cpu.gpr[Processor.RBX] = 0x20_0000 - 0x1_2340;
            guest.put32(0x20_0000, 0x1234_5678);
            guest.run("b8 34 12 8e d8 67 66 8b 03 f4"); // mov ax, 1234h; mov ds, ax; mov eax, [ebx]; hlt
            assertEquals(0x1234_5678, guest.register(Processor.RAX));
        }
    }
}
