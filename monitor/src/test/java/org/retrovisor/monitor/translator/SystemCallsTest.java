package org.retrovisor.monitor.translator;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A user program that calls a kernel in the upper half again and again, on both engines, stopped and interrupted everywhere. */
class SystemCallsTest {
    private static final long KERNEL = 0x9000;
    private static final long START = 0x9800;
    private static final int MOMENTS = 6000;

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    @ParameterizedTest
    @CsvSource({
        "usual mask,               202, true,  257fd5, -1",
        "only AC is cleared,       203, true,  40000,   -1",
        "AC is not cleared,        202, false, 700,     -1",
        "alignment is checked,     40202, false, 257fd5, -1",
        "the kernel is not in the upper half, 202, false, 257fd5, 0",
        "an interrupt waits,       2,   false, 257fd5, -1"
    })
    void callsAndReturns(String what, String flags, boolean generated, String mask, long half) {
        try (TwinGuest guest = new TwinGuest(1 << 20, 1)) {
            place(guest);
            guest.msr(Msr.STAR, TwinGuest.SELECTORS);
            guest.msr(Msr.LSTAR, half & TwinGuest.UPPER | KERNEL);
            guest.msr(Msr.SFMASK, Long.parseLong(mask, 16));
            guest.register(11, Long.parseLong(flags, 16));
            guest.register(1, TwinGuest.CODE);
            guest.register(Processor.RIP, START);
            guest.runInterruptedTo(MOMENTS);
            assertEquals(guest.cpu().gpr[0], guest.cpu().gpr[3] + guest.cpu().cpl / 3, 1, "user's and kernel's count");
            long left = guest.interpretedFirst("SYSCALL") + guest.interpretedFirst("SYSRET");
            assertEquals(generated, left < 100, () -> "%s: %d left to the interpreter".formatted(what, left));
        }
    }

    private static void place(TwinGuest guest) {
        guest.write(START, "48 0f 07"); // sysretq
        guest.write(TwinGuest.CODE, "48 83 c0 01 f9 66 90 0f 05 48 83 d2 00 9c 5f eb ef"); // add; stc; syscall; adc; pushf; pop rdi; jmp
        guest.write(KERNEL, "48 83 c3 01 9c 5e 0f 20 d5 48 0f 07"); // add rbx, 1; pushf; pop rsi; mov rbp, cr2; sysretq
    }
}
