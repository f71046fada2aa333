package org.retrovisor.monitor.translator;

import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What becomes of translations: full caches, overwritten code, links between blocks; and mistakes of the past. */
class TranslationLifeTest {
    private static final long SMALLEST_CACHE = 256 << 10;

    private TwinGuest guest;

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
        guest = new TwinGuest(SMALLEST_CACHE, 1);
    }

    @AfterEach
    void close() {
        if (guest != null) {
            guest.close();
        }
    }

    /** Jumps through pages of blocks of 16 bytes; overwrites one byte in each round. */
    @Test
    void moreBlocksThanTheCacheHoldsGiveRightResultsWhileTheirCodeChanges() {
        int blocks = 4000;
        long start = 0x100000;
        for (int i = 0; i < blocks; i++) {
            long at = start + 16L * i;
            ByteArrayOutputStream block = new ByteArrayOutputStream();
            block.writeBytes(new byte[]{0x48, (byte) 0x83, (byte) 0xC0, (byte) i, 0x48, 0x31, (byte) 0xC2});
            RandomCode.near(block, at, i + 1 < blocks ? at + 16 : start, 0xE9); // add rax, i; xor rdx, rax; jmp
            guest.write(at, block.toByteArray());
        }
        guest.register(Processor.RIP, start);
        for (int round = 1; round <= 20; round++) {
            assertTrue(guest.runTo(round * (3L * blocks + 7)));
            guest.write(start + 16L * (round * 397 % blocks) + 3, new byte[]{(byte) round});
        }
        assertTrue(guest.translator().generatedMoments() > 20L * blocks);
        guest.compareMemory();
    }

    /** 8000: add rax, 1; jmp 8100. 8100: add rbx, 1; jmp 8000, both linked. */
    @ParameterizedTest
    @ValueSource(longs = {TwinGuest.CODE, TwinGuest.ALIAS})
    void aLinkToOverwrittenCodeLeadsToTheNewCode(long entry) {
        guest.write(TwinGuest.CODE, "48 83 c0 01 e9 f7 00 00 00");
        guest.write(TwinGuest.CODE + 0x100, "48 83 c3 01 e9 f7 fe ff ff");
        guest.register(Processor.RIP, entry);
        guest.runTo(400);
        assertEquals(100, guest.cpu().gpr[3]);
        guest.write(TwinGuest.CODE + 0x103, "05");
        guest.runTo(800);
        assertEquals(600, guest.cpu().gpr[3]);
        long before = guest.translator().generatedMoments();
        guest.runTo(4800);
        assertEquals(5600, guest.cpu().gpr[3]);
        assertEquals(4000, guest.translator().generatedMoments() - before, "all of it in generated code");
    }

    /** What is linked to code that was overwritten must not leave generated code each time it comes there. */
    @Test
    void jumpsLinkedToOverwrittenCodeGoToTheNewCodeWithoutLeaving() {
        guest.write(TwinGuest.CODE, "48 83 c0 01 e9 f7 00 00 00");
        guest.write(TwinGuest.CODE + 0x100, "48 83 c3 01 e9 f7 fe ff ff");
        guest.register(Processor.RIP, TwinGuest.CODE);
        for (int round = 1; round <= 40; round++) {
            guest.runTo(400 * round);
            guest.write(TwinGuest.CODE + 0x103, new byte[]{(byte) round});
        }
        guest.runTo(16_400);
        long before = lookups();
        guest.runTo(26_400);
        assertTrue(lookups() - before < 10, "left generated code %d times".formatted(lookups() - before));
    }

    private long lookups() {
        return guest.translator().figures().get("exits: next block not in the table of jumps");
    }

    /** 8000: add rax, 1; add rbx, 1; jmp 8ffd. 8ffd: add rcx, 1, which crosses pages; jmp 8000. */
    @Test
    void stopsAreMetInTranslatedCodeAndLeaveTheRestOfItTranslated() {
        guest.write(TwinGuest.CODE, "48 83 c0 01 48 83 c3 01 e9 f0 0f 00 00");
        guest.write(TwinGuest.CODE + 0xFFD, "48 83 c1 01 e9 fa ef ff ff");
        guest.runTo(1000);
        for (long stop : new long[]{TwinGuest.CODE + 4, TwinGuest.CODE + 0xFFD, TwinGuest.CODE + 0x1001}) {
            guest.stopAt(stop, TwinGuest.CODE + 1);
            for (int round = 0; round < 5; round++) {
                guest.passStop();
                guest.runTo(guest.moment() + 100);
                assertTrue(guest.stopped());
                assertEquals(stop, guest.cpu().gpr[Processor.RIP]);
            }
            guest.stopAt();
            guest.runTo(guest.moment() + 50);
        }
        guest.stopAt(TwinGuest.CODE + 1, TwinGuest.CODE + 0x100);
        guest.runTo(guest.moment() + 50);
        long before = guest.translator().generatedMoments();
        guest.runTo(guest.moment() + 5000);
        assertEquals(4000, guest.translator().generatedMoments() - before,
                "all but the instruction that a stop is in");
    }

    /** ffe: add rax, 1, and 14ffe: add rax, 5, which have their first page in common; each ends in a jump to the given page. */
    @ParameterizedTest
    @ValueSource(ints = {0x8000, 0x14000})
    void anInstructionThatCrossesPagesIsThatOfTheAddressSpace(int other) {
        guest.write(TwinGuest.CODE, "e9 f9 0f 00 00");
        guest.write(TwinGuest.CODE + 0xFFE, "48 83");
        guest.write(TwinGuest.CODE + 0x1000, "c0 01 e9");
        guest.write(TwinGuest.ALIAS + 0x1000, "c0 05 e9 f9 2f ff ff");
        ByteArrayOutputStream back = new ByteArrayOutputStream();
        RandomCode.int32(back, other - 0x9007);
        guest.write(TwinGuest.CODE + 0x1003, back.toByteArray());
        for (int moment = 1; moment <= 3000; moment += 1 + moment % 5) {
            assertTrue(guest.runTo(moment));
        }
        long before = guest.translator().generatedMoments();
        guest.runTo(6000);
        assertTrue(guest.translator().generatedMoments() - before > 2900, "nearly all of it in generated code");
        guest.write(TwinGuest.CODE + 0x1001, "02");
        guest.runTo(9000);
    }

    /** The loop at CODE stores the number of its round into its own next instruction. */
    @Test
    void aBlockThatOverwritesItselfGoesOnInItsNewBytes() {
        guest.write(TwinGuest.CODE, "88 04 25 0a 80 00 00 48 83 c3 00 83 c0 01 eb f0"); // mov [800a], al; add rbx, 0
        guest.register(0, 0);
        for (int moment = 1; moment < 300; moment += 7) {
            assertTrue(guest.runTo(moment));
        }
        guest.compareMemory();
    }

    /** FLDENV [DATA]; jmp; fld qword [DATA + 40]; fstp st0; fld1; fstp st0; jmp CODE. */
    @Test
    void selectorsOfAnEnvironmentLastAsLongAsInTheInterpreter() {
        guest.write(TwinGuest.DATA, "7f030000 00000000 ffff0000 11110000 2b000000 22220000 33000000");
        guest.write(TwinGuest.CODE, "d9242500000100 eb00 dd042540000100 ddd8 d9e8 ddd8 ebe8");
        for (int moment = 1; moment < 300; moment++) {
            assertTrue(guest.runTo(moment));
        }
    }

    /** Undefined flags and shift formulas seen between instructions: these differed, at least on some hosts. */
    @ParameterizedTest
    @ValueSource(strings = {
        "48 c1 e0 03 d1 c9 eb f8", // shl rax, 3; rol ecx: AF of the shift is 0
        "48 c1 e0 03 48 f7 f1 48 01 d8 eb f4", // shl rax, 3; div rcx, which faults: OF of the shift
        "48 c1 e0 03 48 d3 e3 0f 90 c2 eb f4", // shl rax, 3; shl rbx, cl with CL = 0; seto dl
        "48 c1 e0 03 00 dc 48 01 d8 eb f5", // shl rax, 3; add ah, bl, which is left to the interpreter
        "4d 0f c1 e4 eb fa", // xadd r12, r12
        "0a f4 48 83 c0 01 e8 00 00 00 00 5a eb f2" // or dh, ah; add rax, 1; call; pop rdx: DH is not a 22nd register
    })
    void flagsAndRegistersAreTheSameAtEveryMoment(String code) {
        guest.write(TwinGuest.CODE, code);
        guest.write(TwinGuest.RECOVERY, "48 ff c1 e9 f8 8f ff ff"); // inc rcx; jmp CODE
        guest.register(0, 0x3FED_CBA9_8765_4321L);
        guest.register(2, 1);
        guest.register(3, 0x1234_5678_9ABC_DEF5L);
        guest.register(12, 0x0123_4567_89AB_CDEFL);
        for (int moment = 1; moment < 600; moment += 1 + moment % 9) {
            assertTrue(guest.runTo(moment));
        }
        guest.compareMemory();
        assertTrue(guest.translator().generatedMoments() > 0);
    }
}
