package org.retrovisor.monitor.translator;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** SHLD and SHRD by CL, of registers in the host's and in the state block, with all counts, stopped everywhere. */
class DoubleShiftsTest {
    private static final int MOMENTS = 20_000;

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void countsOfAllKindsLeaveTheirFlags(int warmth) {
        try (TwinGuest guest = new TwinGuest(1 << 20, warmth)) {
            // head: shrd rax, rbx, cl; pushf; pop r14; add rcx, 0x25; shld r12, r13, cl; pushf; pop r15; shrd edx, r12d, cl; adc r13, rdx
            //       shld r13d, eax, cl; adc rbx, r14; lea rax, [rax+r15+0x1235]; cmp rax, rbx; shrd rcx, rax, cl; setl bpl; seto sil
            //       shld ebx, ecx, cl; jp head; add rax, rbp; add rbx, rsi; jmp head
            guest.write(TwinGuest.CODE,
                    "48 0f ad d8 9c 41 5e 48 83 c1 25 4d 0f a5 ec 9c 41 5f 44 0f ad e2 49 11 d5 41 0f a5 c5 4c 11 f3 4a 8d "
                            + "84 38 35 12 00 00 48 39 d8 48 0f ad c1 40 0f 9c c5 40 0f 90 c6 0f a5 cb 7a c4 48 01 e8 48 01 f3 eb bc");
            for (int register = 0; register < 16; register++) {
                guest.register(register, 0x9234_5678_9ABC_DEF1L * (register + 1));
            }
            guest.register(Processor.RSP, TwinGuest.STACK);
            guest.register(Processor.RIP, TwinGuest.CODE);
            guest.runInterruptedTo(MOMENTS);
            long before = guest.interpretedFirst("SHRD_Ev_Gv_CL");
            assertTrue(guest.runTo(5 * MOMENTS));
            assertTrue(guest.interpretedFirst("SHRD_Ev_Gv_CL") < before + 10, "generated code executes it");
        }
    }
}
