package org.retrovisor.monitor.translator;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** RDTSC and RDTSCP in generated code: the moment of each read is exact, and XMM registers and flags outlive it. */
class TimestampsTest {
    private static final int MOMENTS = 4000;

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsAreTheSameOnBothEnginesWheneverTheyAreStopped(boolean disabledForUsers) {
        try (TwinGuest guest = new TwinGuest(1 << 20, 1)) {
            // addps xmm1, xmm0; add rbx, rax; rdtsc; adc rsi, rax; movq xmm0, rsi; rdtscp; add rdi, rcx; mov [r8], rdi; jmp
            guest.write(TwinGuest.CODE,
                    "0f 58 c8 48 01 c3 0f 31 48 11 c6 66 48 0f 6e c6 0f 01 f9 48 01 cf 49 89 38 eb e5");
            guest.register(Processor.RIP, TwinGuest.CODE);
            guest.register(8, TwinGuest.DATA);
            guest.msr(Msr.TSC_AUX, 77);
            guest.control4(disabledForUsers ? Control.CR4_TSD : 0);
            List<Long> interrupts = new ArrayList<>();
            for (long moment = 50; moment < MOMENTS; moment += 1 + moment % 89) {
                interrupts.add(moment);
            }
            guest.interruptsAt(interrupts);
            for (int moment = 1; moment <= MOMENTS; moment += 1 + moment % 17) {
                assertTrue(guest.runTo(moment));
            }
            guest.compareMemory();
            assertEquals(77, guest.cpu().gpr[1]);
            long resumed = guest.translator().figures().get("timestamps read and resumed");
            assertEquals(disabledForUsers, resumed == 0, () -> resumed + " reads went on in generated code");
        }
    }
}
