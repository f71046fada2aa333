package org.retrovisor.monitor.translator;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * All combinations of an instruction whose flags generated code may leave uncomputed, one behind it that changes the registers that
 * they would be computed from, and one that overwrites all flags, some, or none, by what is in CL. System property
 * {@code random.seed} chooses other values in the registers.
 */
class FlagLifeTest {
    private static final long SEED = Long.getLong("random.seed", 1);
    /** They use RAX and RCX, or RSP. */
    private static final String[] PRODUCERS = {
        "48 01 c8", // add rax, rcx
        "01 c8", "48 03 c1", "48 29 c8", "29 c8", "2b c1", "48 39 c8", "39 c8", "48 3b c1", "85 c8", "48 85 c8",
        "21 c8", // and eax, ecx
        "48 09 c8", "31 c8", "83 c0 7f", "48 83 e8 05", "83 f8 10", "f7 d8", "d1 e0", "48 d1 f8",
        "c1 e0 05", // shl eax, 5
        "48 c1 e8 21", "c1 f8 1f", "d3 e0", "c1 c0 03", "48 01 c0", "2b c0", "0f a4 c8 05", "48 0f ac c8 09",
        "39 c8 0f af c1", // cmp eax, ecx; imul eax, ecx: which keeps what is undefined behind it
        "48 29 c8 f7 e1", "01 c8 48 6b c1 55", "48 83 c4 f8" // the last: add rsp, -8
    };

    /** They keep the flags. RDX is their source, RBP points to data. */
    private static final String[] KEEPERS = {
        "", "90", "48 89 d0", "48 89 d1", "48 8b c2", "48 8b 4d 00", "8b 45 00", "0f b6 c2", "0f be ca", "48 63 c2",
        "48 8d 42 05", // lea rax, [rdx + 5]
        "8d 4a 07", "48 f7 d0", "f7 d1", "48 0f c8", "0f c9", "b8 44 33 22 11", "48 c7 c1 11 22 33 44",
        "b1 07", // mov cl, 7
        "b4 07", "b5 09", "88 d4", "8a e2", "58", "59", "50", "5a", "48 a1 00 00 01 00 00 00 00 00",
        "66 0f 7e c0", // movd eax, xmm0
        "66 48 0f 7e c1", "0f 50 c0", "66 0f d7 c8", "66 0f c5 c0 01", "66 0f 3a 16 c1 01", "48 89 55 08"
    };

    /** Of EDX and ESI. */
    private static final String[] OVERWRITERS = {
        "83 c2 01", "39 f2", "85 f2", "f7 da", "d1 e2", "c1 e2 03",
        "d3 e2", // shl edx, cl
        "48 d3 ea", "d3 fa", "d2 e2", "c1 e2 00", "c1 e2 20", "48 c1 ea 40", "c0 e2 00",
        "ff c2", // inc edx
        "48 ff ca", "fe c2", "d1 c2", "c1 ca 03", "c1 c2 00", "d3 c2", "d1 d2", "d3 da", "0f a4 f2 00", "0f a4 f2 05",
        "0f a5 f2", // shld edx, esi, cl
        "0f ad f2", "0f a3 f2", "0f ba e2 05", "f8", "f5", "f9", "83 d2 01", "83 da 01", "f7 e6", "0f af d6",
        "0f bc d6", // bsf edx, esi
        "0f bd d6", "f3 0f b8 d6", "0f b1 f2", "0f c1 f2", "9e",
        "0f 90 c2", // seto dl
        "0f 94 c2", "0f 92 c2", "0f 40 d6", "0f 44 d6", "f7 d2", "90", "f7 f6"
    };
    private static final int[] COUNTS = {0, 1, 5, 32, 65};

    private static final String FAULT = "89 33"; // mov [rbx], esi
    private static final String LOAD = "4c 8b 45 00"; // mov r8, [rbp]
    private static final String OVERWRITE = "83 c2 01"; // add edx, 1
    private static final String SHOW = "9c 5f eb fe"; // pushfq; pop rdi; jmp to itself
    private static final int CASE_BYTES = 64;
    private static final int ROOM = 0x1000 / CASE_BYTES;
    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int RBX = 3;
    private static final int RSP = 4;
    private static final int RBP = 5;
    private static final int RSI = 6;

    private final Random random = new Random(SEED);
    private int number;

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    private static TwinGuest guest() {
        TwinGuest guest = new TwinGuest(4 << 20, 1);
        guest.write(TwinGuest.RECOVERY, "48 8b 3c 25 e8 ef 01 00 eb fe"); // mov rdi, [pushed flags]; jmp to itself
        return guest;
    }

    /** Puts code in the next place, values into registers, and goes on until all has been executed. */
    private void run(TwinGuest guest, int count, String... parts) {
        String code = String.join(" ", parts);
        long at = TwinGuest.CODE + (long) CASE_BYTES * (number++ % ROOM);
        guest.write(at, HexFormat.of().parseHex(code.replace(" ", "")));
        for (int register : new int[]{RAX, RCX, RDX, RSI}) {
            guest.register(register, random.nextLong() >> random.nextInt(64));
        }
        guest.register(RCX, random.nextLong() & ~0xFF | count);
        guest.register(RBX, TwinGuest.ABSENT);
        guest.register(RBP, TwinGuest.DATA);
        guest.register(RSP, TwinGuest.STACK);
        guest.flags(random.nextInt() & Flags.STATUS);
        guest.register(Processor.RIP, at);
        try {
            assertTrue(guest.runTo(guest.moment() + 12));
        } catch (AssertionError e) {
            throw new AssertionError("-Drandom.seed=%d, CL = %d: %s".formatted(SEED, count, code), e);
        }
    }

    @Test
    void aFaultSeesTheFlagsWhateverBecameOfTheirSources() {
        try (TwinGuest guest = guest()) {
            for (String producer : PRODUCERS) {
                for (String keeper : KEEPERS) {
                    run(guest, 3, producer, keeper, FAULT, OVERWRITE, "eb fe");
                    run(guest, 3, producer, keeper, keeper, FAULT, OVERWRITE, "eb fe");
                }
            }
            finish(guest, 2 * PRODUCERS.length * KEEPERS.length);
        }
    }

    @Test
    void flagsLiveUntilAllOfThemAreOverwritten() {
        try (TwinGuest guest = guest()) {
            for (String producer : PRODUCERS) {
                for (String overwriter : OVERWRITERS) {
                    for (int count : COUNTS) {
                        run(guest, count, producer, LOAD, overwriter, SHOW);
                        run(guest, count, producer, overwriter, LOAD, SHOW);
                        run(guest, count, producer, overwriter, OVERWRITE, SHOW);
                    }
                }
            }
            finish(guest, PRODUCERS.length * OVERWRITERS.length);
        }
    }

    /** What overwrites perhaps nothing, a fault, and what overwrites all. */
    @Test
    void aFaultSeesFlagsThatWereNotOverwritten() {
        try (TwinGuest guest = guest()) {
            for (String producer : PRODUCERS) {
                for (String overwriter : OVERWRITERS) {
                    for (int count : COUNTS) {
                        run(guest, count, producer, LOAD, overwriter, FAULT, OVERWRITE, "eb fe");
                    }
                }
            }
            finish(guest, PRODUCERS.length * OVERWRITERS.length);
        }
    }

    private static void finish(TwinGuest guest, int cases) {
        guest.compareMemory();
        assertTrue(guest.translator().generatedMoments() > cases, "nothing was translated");
    }
}
