package org.retrovisor.monitor.translator;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** RDFSBASE, WRFSBASE and the same of GS: canonical bases and others, of 32 and 64 bits, allowed and not, stopped everywhere. */
class SegmentBasesTest {
    private static final int MOMENTS = 12_000;

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    @ParameterizedTest
    @CsvSource({"true, 1", "true, 4", "false, 1"})
    void basesAreReadAndWritten(boolean allowed, int warmth) {
        try (TwinGuest guest = new TwinGuest(1 << 20, warmth)) {
            // head: rdfsbase rax; add rax, 8; and eax, 0x10ff8; or eax, 0x10000; wrfsbase rax; mov rcx, fs:[0x10]
            //       rdgsbase r14; lea rdx, [r14+rcx+0x77]; wrgsbase edx; rdgsbase ebx; add rbx, rax; mov r13, rbx; shl r13, 45; cmp rbx, rax
            //       wrgsbase r13; wrfsbase r14d; rdfsbase r12d; pushf; pop r15; add r8, r12; rdgsbase rbp; lea rbp, [rbp+r8]; wrfsbase rax
            //       jmp head
            guest.write(TwinGuest.CODE,
                    "f3 48 0f ae c0 48 83 c0 08 25 f8 0f 01 00 0d 00 00 01 00 f3 48 0f ae d0 64 48 8b 0c 25 10 00 00 00 f3 "
                            + "49 0f ae ce 49 8d 54 0e 77 f3 0f ae da f3 0f ae cb 48 01 c3 49 89 dd 49 c1 e5 2d 48 39 c3 f3 49 0f ae "
                            + "dd f3 41 0f ae d6 f3 41 0f ae c4 9c 41 5f 4d 01 e0 f3 48 0f ae cd 4a 8d 6c 05 00 f3 48 0f ae d0 eb 9a");
            guest.write(TwinGuest.RECOVERY, "48 81 c3 57 13 00 00 e9 f4 8f ff ff"); // add rbx, 0x1357; jmp head
            guest.control4(allowed ? Control.CR4_FSGSBASE : 0);
            guest.register(Processor.RIP, TwinGuest.CODE);
            guest.runInterruptedTo(MOMENTS);
            long before = left(guest);
            assertTrue(guest.runTo(5 * MOMENTS));
            guest.compareMemory();
            long left = left(guest) - before;
            assertEquals(allowed, left < 100, left + " left to the interpreter");
        }
    }

    private static long left(TwinGuest guest) {
        return guest.interpretedFirst("RDFSBASE_Ry") + guest.interpretedFirst("WRFSBASE_Ry")
                + guest.interpretedFirst("RDGSBASE_Ry");
    }
}
