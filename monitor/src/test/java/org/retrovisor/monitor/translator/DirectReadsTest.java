package org.retrovisor.monitor.translator;

import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Operands that are read through the instruction's own registers: pages found, missed, crossed and absent, and of another address space. */
class DirectReadsTest {
    private static final int RSI = 6;
    private static final int MOMENTS = 6000;
    private static final int TOP_TABLE = 0x1000;
    private static final int OTHER_TOP_TABLE = 0x30000;

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 30})
    void operandsOfAllKindsAreReadOnPagesOfAllKinds(int warmth) {
        try (TwinGuest guest = guest(warmth)) {
            // head: mov rsi, rax; and esi, 0x3fff; lea rsi, [rsi+0x10000]; mov rdi, rax; shl rdi, 50; sar rdi, 63; shl rdi, 47; or rsi, rdi
            //       movsx ecx, byte [rsi+3]; add rax, [rsi-1]; cmp word [rsi+0x7f], 0x1234; adc rdx, [rsi+9]; mov rbp, rsi; mov rbp, [rbp]
            //       xor ebx, [rsi+0x100]; mov r8, rsi; sub rbx, [rsp-8]; test byte [r8], 0x41; mov r9, [r8]; mov r13, [r8+8]; mov rsi, [rsi]
            //       jz more; add rax, rsi; more: lea rax, [rax+rbp+0x3457]; jmp head
            guest.write(TwinGuest.CODE,
                    "48 89 c6 81 e6 ff 3f 00 00 48 8d b6 00 00 01 00 48 89 c7 48 c1 e7 32 48 c1 ff 3f 48 c1 e7"
                            + "2f 48 09 fe 0f be 4e 03 48 03 46 ff 66 81 7e 7f 34 12 48 13 56 09 48 89 f5 48 8b 6d 00 33"
                            + "9e 00 01 00 00 49 89 f0 48 2b 5c 24 f8 41 f6 00 41 4d 8b 08 4d 8b 68 08 48 8b 36 74 03 48"
                            + "01 f0 48 8d 84 28 57 34 00 00 eb 9a");
            // add rax, 0x1357; jmp head
            guest.write(TwinGuest.RECOVERY, "48 05 57 13 00 00 e9 f5 8f ff ff");
            run(guest);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 30})
    void aNewAddressSpaceTakesOverWhereTheUpperHalfIs(int warmth) {
        try (TwinGuest guest = guest(warmth)) {
            guest.write(TOP_TABLE + 8 * 256, "27 20 00 00 00 00 00 00"); // with its ACCESSED flag, or the halves would differ soon
            byte[] top = new byte[4096];
            guest.cpu().machine().memory().read(TOP_TABLE, top, 0, top.length);
            guest.write(OTHER_TOP_TABLE, top);
            guest.register(RSI, TwinGuest.UPPER + TwinGuest.DATA);
            // head: mov rcx, [rsi]; add rax, rcx; mov rcx, [rsi+0x1010]; xor rax, rcx; add edx, 1; test edx, 15; jnz head
            //       mov rbx, cr3; xor rbx, 0x31000; mov cr3, rbx; jmp head
            guest.write(TwinGuest.CODE,
                    "48 8b 0e 48 01 c8 48 8b 8e 10 10 00 00 48 31 c8 83 c2 01 f7 c2 0f 00 00 00 75 e5"
                            + "0f 20 db 48 81 f3 00 10 03 00 0f 22 db eb d6");
            run(guest);
        }
    }

    private static TwinGuest guest(int warmth) {
        TwinGuest guest = new TwinGuest(1 << 20, warmth);
        byte[] data = new byte[0x3000];
        new Random(5).nextBytes(data);
        guest.write(TwinGuest.DATA, data);
        for (int register = 0; register < 16; register++) {
            guest.register(register, 0x1234_5678_9ABCL * (register + 1));
        }
        guest.register(4, TwinGuest.STACK);
        guest.register(Processor.RIP, TwinGuest.CODE);
        return guest;
    }

    private static void run(TwinGuest guest) {
        guest.runInterruptedTo(MOMENTS);
        for (int moment = MOMENTS; moment < 3 * MOMENTS; moment += 200 + moment % 37) {
            assertTrue(guest.runTo(moment));
        }
        guest.compareMemory();
        assertTrue(guest.translator().generatedMoments() > MOMENTS / 2, "generated code executes much of it");
    }
}
