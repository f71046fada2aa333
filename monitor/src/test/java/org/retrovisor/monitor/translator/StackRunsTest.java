package org.retrovisor.monitor.translator;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Pushes and pops in a row, at all places of pages that may be written, only read, or not at all, stopped everywhere. */
class StackRunsTest {
    private static final int RSI = 6;
    private static final int MOMENTS = 12_000;

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    /**
     * @param step how far the stack moves from round to round
     * @param target where a return goes: to code, to what is not mapped, to what is not canonical
     */
    @ParameterizedTest
    @CsvSource({"1, 2b, f000", "4, 08, 123456789abc", "30, 35, 7123456789abcdef"})
    void runsAreAsTheirInstructions(int warmth, String step, String target) {
        // head: add r11, step; mov r10, r11; and r10d, 0x3fff; lea rsp, [r10+0x10000]; cmp rax, rbx
        //       push rax; push r13; mov rcx, rsi; push 0x1234; lea rdi, [rbx+rcx+7]; push rbp
        //       adc rax, 1
        //       pop r14; pop rdx; mov ebx, edx; pop r15; pop rbp
        //       adc rbx, rdx; lea rsp, [rsp+0x50]; cmp rbx, rdi
        //       push rcx; push -5; pop r12; pop rax; pop r8; push r8; push rbx
        //       test r11b, 3; jz away
        //       push rdi; push rbx; call f
        //       jmp head
        // f:    push r15; mov ebx, eax; push rdi; pop r9; pop r10; ret 8
        // away: push r14; push rbx; pop rcx; ret
        run(warmth, target, "49 83 c3" + step
                + "4d 89 da 41 81 e2 ff 3f 00 00 49 8d a2 00 00 01 00 48 39 d8 50 41 55 48 89 f1 68 34 12 00 00 48 8d 7c 0b 07 "
                + "55 48 83 d0 01 41 5e 5a 89 d3 41 5f 5d 48 11 d3 48 8d 64 24 50 48 39 fb 51 6a fb 41 5c 58 41 58 41 50 53 41 "
                + "f6 c3 03 74 15 57 53 e8 02 00 00 00 eb a6 41 57 89 c3 57 41 59 41 5a c2 08 00 41 56 53 59 c3");
    }

    @ParameterizedTest
    @CsvSource({"1, 2b", "4, 08", "30, 35"})
    void movesOfAllRegistersMayStandBetween(int warmth, String step) {
        // head: add r11, step; mov r10, r11; and r10d, 0x3fff; lea rsp, [r10+0x10000]; cmp rax, rbx
        //       push rax; mov r13, rdi; push r13; mov r12d, esi; push r12; lea rcx, [rip+0x123]; push rcx; lea r14, [r12+2*rbx+9]
        //       push r14; mov r15d, 0x77665544; push r15; mov edi, r15d; movsxd r9, r15d
        //       adc rax, 1; cmp rax, rdi
        //       pop rdi; lea r8d, [r14+3]; pop rcx; mov r13, rcx; pop rdx; mov ebx, r13d; pop r15; lea rsi, [rbx+4*rdx+1]; pop rbp
        //       mov rbx, r8; pop r12
        //       add rsi, rbp
        //       push rsi; lea r15, [r13+r15]; call f
        //       jmp head
        // f:    push rbp; lea rbp, [r13+0x55]; pop r9; mov r14d, r15d; ret
        String target = "f000";
        run(warmth, target, "49 83 c3" + step
                + "4d 89 da 41 81 e2 ff 3f 00 00 49 8d a2 00 00 01 00 48 39 d8 50 49 89 fd 41 55 41 89 f4 41 54 48 8d 0d 23 01 "
                + "00 00 51 4d 8d 74 5c 09 41 56 41 bf 44 55 66 77 41 57 44 89 ff 4d 63 cf 48 83 d0 01 48 39 f8 5f 45 8d 46 03 "
                + "59 49 89 cd 5a 44 89 eb 41 5f 48 8d 74 93 01 5d 4c 89 c3 41 5c 48 01 ee 56 4f 8d 7c 3d 00 e8 02 00 00 00 eb "
                + "8f 55 49 8d 6d 55 41 59 45 89 fe c3");
    }

    @ParameterizedTest
    @CsvSource({"1, 2b", "4, 08", "30, 35"})
    void registersMayBeClearedBetween(int warmth, String step) {
        // head: add r11, step; mov r10, r11; and r10d, 0x3fff; lea rsp, [r10+0x10000]; cmp rax, rbx
        //       push rax; xor ecx, ecx; push rbx; xor r13d, r13d; mov rdi, r13; push rdi
        //       pushf; pop rdx; sub rax, rbx
        //       pop rbp; xor r9, r9; pop r8
        //       setz dl; adc rbx, rbp; lea rax, [rax+rdx+5]
        //       push rbx; xor r12d, r12d; push rax; call f
        //       add rax, r11; jmp head
        // f:    push r15; xor ebx, ebx; pop r14
        //       lea r15, [r15+10]; ret
        run(warmth, "f000", "49 83 c3" + step
                + "4d 89 da 41 81 e2 ff 3f 00 00 49 8d a2 00 00 01 00 48 39 d8 50 31 c9 53 45 31 ed 4c 89 ef 57 9c 5a 48 29 d8 5d 4d "
                + "31 c9 41 58 0f 94 c2 48 11 eb 48 8d 44 10 05 53 45 31 e4 50 e8 05 00 00 00 4c 01 d8 eb b8 41 57 31 db 41 5e 4d 8d "
                + "7f 0a c3");
    }

    private static void run(int warmth, String target, String code) {
        try (TwinGuest guest = new TwinGuest(1 << 20, warmth)) {
            guest.write(TwinGuest.CODE, code);
            guest.goOnBehindFaults();
            for (int register = 0; register < 16; register++) {
                guest.register(register, 0x1234_5678_9ABCL * (register + 1));
            }
            guest.register(RSI, Long.parseLong(target, 16));
            guest.register(Processor.RIP, TwinGuest.CODE);
            guest.runInterruptedTo(MOMENTS);
            for (int moment = MOMENTS; moment < 50 * MOMENTS; moment += 2000 + moment % 37) {
                assertTrue(guest.runTo(moment));
            }
            guest.compareMemory();
            assertTrue(guest.translator().generatedMoments() > MOMENTS, "generated code executes much of it");
        }
    }
}
