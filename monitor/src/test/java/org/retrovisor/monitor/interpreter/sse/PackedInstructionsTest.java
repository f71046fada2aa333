package org.retrovisor.monitor.interpreter.sse;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.interpreter.SingleSteps;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

class PackedInstructionsTest {
    private static final int NONE = -1;

    private final SingleSteps steps = new SingleSteps();

    @AfterEach
    void close() {
        steps.close();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "PADDB,      66 0F FC C1, 00112233445566778899aabbccddeeff, 01010101010101ff8080808080808001, 011223344556677608192a3b4c5d6e00",
        "PXOR,       66 0F EF C1, 00112233445566778899aabbccddeeff, 00112233445566778899aabbccddeeff, 00000000000000000000000000000000",
        "PCMPEQB,    66 0F 74 C1, 00112233445566778899aabbccddeeff, 00102233445566778899aabbccddee00, ff00ffffffffffffffffffffffffff00",
        "PCMPGTB,    66 0F 64 C1, 807f01ff00000000807f01ff00000000, 7f80ff0100000000007e02fe00000000, 00ffff000000000000ff00ff00000000",
        "PMINUB,     66 0F DA C1, 807f01ff00000000807f01ff00000000, 7f80ff0100000000007e02fe00000000, 7f7f010100000000007e01fe00000000",
        "PADDSW,     66 0F ED C1, 7fff8000000180007fff8000000180ff, 0001ffff0001ffff0001000100010001, 7fff8000000280007fff800100028100",
        "PUNPCKLBW,  66 0F 60 C1, 00112233445566778899aabbccddeeff, 000102030405060708090a0b0c0d0e0f, 088809990aaa0bbb0ccc0ddd0eee0fff",
        "PUNPCKHWD,  66 0F 69 C1, 00112233445566778899aabbccddeeff, 000102030405060708090a0b0c0d0e0f, 00010011020322330405445506076677",
        "PSHUFD,     66 0F 70 C1 1B, 00000000000000000000000000000000, 00112233445566778899aabbccddeeff, ccddeeff8899aabb4455667700112233",
        "PSHUFB,     66 0F 38 00 C1, 00112233445566778899aabbccddeeff, 800102030405060708090a0b0c0d0e0f, 00eeddccbbaa99887766554433221100",
        "PALIGNR,    66 0F 3A 0F C1 05, 00112233445566778899aabbccddeeff, 000102030405060708090a0b0c0d0e0f, bbccddeeff000102030405060708090a",
        "PSRLDQ,     66 0F 73 D8 03, 00112233445566778899aabbccddeeff, 0, 00000000112233445566778899aabbcc",
        "PSLLDQ,     66 0F 73 F8 0A, 00112233445566778899aabbccddeeff, 0, aabbccddeeff00000000000000000000",
        "BLENDPD,    66 0F 3A 0D C1 02, 00112233445566778899aabbccddeeff, 000102030405060708090a0b0c0d0e0f, 00010203040506078899aabbccddeeff",
        "PACKUSWB,   66 0F 67 C1, 7fff800000ff0100000100fe00020003, ffff000100020003000400050006ff00, 0001020304050600ff00ffff01fe0203",
        "PHADDD,     66 0F 38 02 C1, 00000001000000020000000300000004, 00000010000000200000003000000040, 00000030000000700000000300000007",
        "PMADDWD,    66 0F F5 C1, 00000000000000000001000200030004, 00000000000000000005000600070008, 00000000000000000000001100000035",
        "PMOVSXBW,   66 0F 38 20 C1, 0, 000000000000000080ff7f0001020304, ff80ffff007f00000001000200030004",
    })
    void packedOperationsGiveTheManualsResult(String name, String bytes, String a, String b, String result) {
        load(0, a);
        load(1, b);
        steps.execute(bytes);
        assertEquals(result, steps.xmm(0), name);
    }

    @Test
    void alignedOperandsThatAreNotAlignedRaiseGeneralProtection() {
        steps.cpu.gpr[Processor.RAX] = 0x1008;
        assertEquals(Vector.GP, steps.faultOf("0F 28 00"), "MOVAPS");
        assertEquals(Vector.GP, steps.faultOf("66 0F EF 00"), "PXOR");
        assertEquals(NONE, steps.faultOf("0F 10 00"), "MOVUPS");
    }

    @Test
    void controlRegistersDecideWhetherSseIsThere() {
        steps.cpu.cr0 |= Control.CR0_TS;
        assertEquals(Vector.NM, steps.faultOf("0F 28 C1"));
        steps.cpu.cr0 |= Control.CR0_EM;
        assertEquals(Vector.UD, steps.faultOf("0F 28 C1"));
        steps.cpu.cr0 &= ~(Control.CR0_EM | Control.CR0_TS);
        steps.cpu.cr4 &= ~Control.CR4_OSFXSR;
        assertEquals(Vector.UD, steps.faultOf("0F 28 C1"));
    }

    @Test
    void storesAndLoadsOf16BytesCrossPages() {
        steps.cpu.gpr[Processor.RAX] = 0x1FF9;
        load(0, "00112233445566778899aabbccddeeff");
        steps.execute("0F 11 00");
        steps.execute("0F 10 08");
        assertEquals(steps.xmm(0), steps.xmm(1));
        assertEquals(0x8899aabbccddeeffL, steps.cpu.mmu.load64(0x1FF9));
    }

    @Test
    void moveMaskGathersTheSignsOfBytes() {
        load(0, "80000000000000ff7f00008000000080");
        steps.execute("66 0F D7 C0");
        assertEquals(0x8111, steps.cpu.gpr[Processor.RAX]);
    }

    @Test
    void maskedStoreWritesSelectedBytesOnly() {
        steps.cpu.gpr[Processor.RDI] = 0x3000;
        load(0, "00112233445566778899aabbccddeeff");
        load(1, "80000000000000000000000000008080");
        steps.execute("66 0F F7 C1");
        assertEquals(0xEEFF, steps.cpu.mmu.load64(0x3000));
        assertEquals(0, steps.cpu.mmu.load64(0x3008));
        load(1, "ff000000000000000000000000000000");
        load(0, "aa000000000000000000000000000000");
        steps.execute("66 0F F7 C1");
        assertEquals(0xAA00_0000_0000_0000L, steps.cpu.mmu.load64(0x3008));
        steps.cpu.segments[Segment.FS].base = 0x1000;
        steps.execute("64 66 0F F7 C1");
        assertEquals(0xAA00_0000_0000_0000L, steps.cpu.mmu.load64(0x4008), "with FS");
    }

    private void load(int register, String digits) {
        String padded = "0".repeat(32 - digits.length()) + digits;
        steps.setXmm(
                register,
                Long.parseUnsignedLong(padded.substring(0, 16), 16),
                Long.parseUnsignedLong(padded.substring(16), 16));
    }
}
