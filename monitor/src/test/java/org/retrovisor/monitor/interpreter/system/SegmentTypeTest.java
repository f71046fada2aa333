package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** What a segment's type allows in protected mode (SDM volume 3, section 5.5): ES is a segment of that type. */
@OnEachEngine
class SegmentTypeTest {
    private static final int READ_ONLY = 0xC091;
    private static final int EXECUTE_ONLY = 0xC099;
    private static final int READABLE_CODE = 0xC09B;
    private static final long AT = 0x5_0000;

    private static TinyGuest guest(int attributes) {
        TinyGuest guest = TinyGuest.protected32();
        guest.cpu.segments[Segment.ES].set(TinyGuest.DATA, 0, 0xFFFF_FFFFL, attributes);
        guest.cpu.gpr[Processor.RBX] = AT;
        guest.cpu.gpr[Processor.RDI] = AT;
        guest.cpu.gpr[Processor.RCX] = 1;
        return guest;
    }

    @ParameterizedTest
    @CsvSource({
        "MOV, 26 89 03", "MOV of a byte, 26 c6 03 01", "ADD, 26 01 03", "INC, 26 ff 03", "XCHG, 26 87 03",
        "CMPXCHG8B, 26 0f c7 0b", "BTS, 26 0f ab 03", "SETZ, 26 0f 94 03", "STOS, aa", "REP STOS, f3 ab", "INS, 6c",
        "MOV of offsets, 26 a2 00 00 05 00", "FSTP, 26 dd 1b", "FNSTCW, 26 d9 3b", "FNSAVE, 26 dd 33",
        "SGDT, 26 0f 01 03",
        "POP, 26 8f 03", "SHLD, 26 0f a5 03"})
    void aStoreNeedsWritableData(String what, String code) {
        for (int type : new int[]{READ_ONLY, EXECUTE_ONLY, READABLE_CODE}) {
            try (TinyGuest guest = guest(type)) {
                guest.run(code + "0f0b").expectVector(Vector.GP);
                assertEquals(0, guest.slot32(0), "error code");
                assertEquals(TinyGuest.CODE, guest.slot32(1), "no effect of " + what);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "MOV, 26 8b 03", "CMP, 26 39 03", "TEST, 26 85 03", "BT, 26 0f a3 03", "PUSH, 26 ff 33", "MUL, 26 f7 23",
        "FLD, 26 dd 03", "FLDCW, 26 d9 2b", "SCAS, ae", "CMPS, a6", "LODS, 26 ac", "XLAT, 26 d7", "LAR, 26 0f 02 03"})
    void aLoadNeedsDataOrReadableCode(String what, String code) {
        for (int type : new int[]{READ_ONLY, READABLE_CODE}) {
            try (TinyGuest guest = guest(type)) {
                guest.put32(AT, 0x37F).run(code + "0f0b").expectVector(Vector.UD);
            }
        }
        try (TinyGuest guest = guest(EXECUTE_ONLY)) {
            guest.run(code + "0f0b").expectVector(Vector.GP);
            assertEquals(TinyGuest.CODE, guest.slot32(1), "no effect of " + what);
        }
    }

    /** Also when the level is high enough already; RPL 0 there, and a change of ZF, would show an effect. */
    @ParameterizedTest
    @CsvSource({"2e 63 0b, 0x5678", "2e 63 0b, 0x567B", "26 63 0b, 0x5678", "26 63 0b, 0x567B"})
    void arplNeedsWritableData(String code, String selector) {
        try (TinyGuest guest = guest(READ_ONLY)) {
            guest.put32(AT, Long.decode(selector));
            guest.cpu.gpr[Processor.RCX] = 3;
            guest.run(code).expectVector(Vector.GP); // arpl cs:[ebx], cx; arpl es:[ebx], cx
            assertEquals(0, guest.slot32(0), "error code");
            assertEquals(TinyGuest.CODE, guest.slot32(1));
            assertEquals(Long.decode(selector), guest.get32(AT), "nothing was written");
            assertEquals(0, guest.slot32(3) & Flags.ZF);
        }
    }

    /** #GP, not the page fault of the operand: the segment is looked at first. */
    @Test
    void arplLooksAtTheSegmentBeforeThePage() {
        try (TinyGuest guest = TinyGuest.long64().asUser32()) {
            guest.cpu.gpr[Processor.RBX] = TinyGuest.NOT_PRESENT;
            guest.run("2e 63 0b").expectVector(Vector.GP);
            assertEquals(0, guest.slot(0));
            assertEquals(TinyGuest.USER_CODE, guest.slot(1));
        }
    }

    /** As on AMD's processors; on Intel's it is not. */
    @Test
    void arplWritesWhatIsThereWhenTheLevelIsHighEnough() {
        try (TinyGuest guest = TinyGuest.long64().asUser32()) {
            guest.cpu.gpr[Processor.RBX] = TinyGuest.READ_ONLY;
            guest.run("63 0b").expectVector(Vector.PF); // arpl [ebx], cx
            assertEquals(7, guest.slot(0), "a write of the user to a page that is there");
        }
    }

    @Test
    void aComputedAddressNeedsNothing() {
        try (TinyGuest guest = guest(EXECUTE_ONLY)) {
            guest.run("26 8d 03 0f0b").expectVector(Vector.UD); // lea eax, [ebx]
        }
    }

    @Test
    void realModeWritesThroughCodeSegments() {
        try (TinyGuest guest = TinyGuest.real()) {
            guest.cpu.gpr[Processor.RBX] = 0x100;
            guest.cpu.gpr[Processor.RAX] = 0x1234;
            guest.run("2e 89 07 f4"); // mov cs:[bx], ax
            assertEquals(0x1234, guest.get16(TinyGuest.CODE + 0x100));
        }
    }
}
