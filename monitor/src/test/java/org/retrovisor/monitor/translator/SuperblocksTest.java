package org.retrovisor.monitor.translator;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Code of several blocks in one piece: its ways out in the middle, and loops that go on to themselves, stopped everywhere. */
class SuperblocksTest {
    private static final int RDX = 2;
    private static final int RSI = 6;
    private static final int MOMENTS = 6000;

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 30})
    void waysOutInTheMiddleLeaveFlagsAndVectorsAsTheyAre(int warmth) {
        // head:   paddd xmm0, xmm1; add rax, 1; test al, 3; jz side
        //         paddd xmm2, xmm0; sub rbx, 5; jb reload
        //         mov [rsi], rax; movd ecx, xmm2; xor ecx, eax; js see
        //         add r13d, ecx; cmp rax, rdx; jne head
        //         xor eax, eax; jmp head
        // side:   movd xmm1, eax; adc r14, 7; jmp head
        // reload: adc rbx, 1000; add rdx, 3; jmp head
        // see:    pushf; pop r12; jmp head
        run(warmth, "66 0f fe c1 48 83 c0 01 a8 03 74 21 66 0f fe d0 48 83 eb 05 72 21 48 89 06 66 0f 7e d1 31 c1 78 23"
                + "41 01 cd 48 39 d0 75 d7 31 c0 eb d3 66 0f 6e c8 49 83 d6 07 eb c9 48 81 d3 e8 03 00 00 48 83 c2 03"
                + "eb bc 9c 41 5c eb b7");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 30})
    void loopsGoOnToThemselvesWithTheirFlagsUnsaved(int warmth) {
        // outer: and edx, 63; add edx, 3
        // head:  movzx ecx, byte [rsi+rdx]; lea rdi, [rdi+rcx]; add rax, rdi; mov [rsi+rdx], al; sub edx, 1; ja head
        //        pushf; pop r12; lea edx, [rax+rcx]
        // again: addps xmm0, xmm1; shl eax, 3; mov [rsi+8], eax; movd ecx, xmm0; add ecx, eax; test ecx, 0x70; jnz again
        //        add rsi, 0x7f; and rsi, 0xfff; or rsi, 0x10000; jmp outer
        run(warmth, "83 e2 3f 83 c2 03 0f b6 0c 16 48 8d 3c 0f 48 01 f8 88 04 16 83 ea 01 77 ed 9c 41 5c 8d 14 08 0f 58"
                + "c1 c1 e0 03 89 46 08 66 0f 7e c1 01 c1 f7 c1 70 00 00 00 75 e9 48 83 c6 7f 48 81 e6 ff 0f 00 00 48 81"
                + "ce 00 00 01 00 eb b6");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 30})
    void accessesToTablesKeepTheirEntriesAndGiveUp(int warmth) {
        // head: mov ecx, eax; shr ecx, 7; xor ecx, eax; and ecx, 0x1ff8; add rax, [rsi+rcx]; add rax, 0x1235; mov [rsi+rcx], eax
        //       sub edx, 1; jne head
        //       lea edx, [rax+1]; and edx, 0x1ff; or edx, 1; jmp head
        run(warmth, "89 c1 c1 e9 07 31 c1 81 e1 f8 1f 00 00 48 03 04 0e 48 05 35 12 00 00 89 04 0e 83 ea 01 75 e1 8d"
                + "50 01 81 e2 ff 01 00 00 83 ca 01 eb d3");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 30})
    void constantAddressesAreFoundMissedAndCrossedIntoTheNextPage(int warmth) {
        // head: add [0x10008], rax; mov rcx, [rip+0x8000]; mov [0x11ff8], rcx; movups xmm0, [rip+0x8fe0]; add rax, [0x10008]
        //       movaps [0x10020], xmm0; xor eax, [0x12010]; mov [eip+0x8100], eax; jmp head
        run(warmth, "48 01 04 25 08 00 01 00 48 8b 0d 00 80 00 00 48 89 0c 25 f8 1f 01 00 0f 10 05 e0 8f 00 00 48 03"
                + "04 25 08 00 01 00 0f 29 04 25 20 00 01 00 33 04 25 10 20 01 00 67 89 05 00 81 00 00 eb c2");
    }

    private static void run(int warmth, String code) {
        try (TwinGuest guest = new TwinGuest(1 << 20, warmth)) {
            guest.write(TwinGuest.CODE, code);
            for (int register = 0; register < 16; register++) {
                guest.register(register, 0x1234_5678_9ABCL * (register + 1));
            }
            guest.register(Processor.RIP, TwinGuest.CODE);
            guest.register(RSI, TwinGuest.DATA);
            guest.register(4, TwinGuest.STACK);
            guest.register(RDX, 1000);
            guest.runInterruptedTo(MOMENTS);
            for (int moment = MOMENTS; moment < 3 * MOMENTS; moment += 200 + moment % 37) {
                assertTrue(guest.runTo(moment));
            }
            guest.compareMemory();
            assertTrue(guest.translator().generatedMoments() > MOMENTS / 2, "generated code executes much of it");
        }
    }
}
