package org.retrovisor.monitor.translator;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A kernel in the upper half that returns to itself and to its user by IRET, on both engines, stopped and interrupted everywhere. */
class InterruptReturnsTest {
    private static final long KERNEL = 0x9000;
    private static final long START = 0x9800;
    private static final long GDT = 0x5000;
    private static final int MOMENTS = 6000;
    private static final String KERNEL_STACK = "ff ff 00 00 00 93 cf 00";

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    @ParameterizedTest
    @CsvSource({
        "usual,                       ff ff 00 00 00 fb af 00, ff ff 00 00 00 f3 cf 00, 0, 1c000, true",
        "code differs in AVL,         ff ff 00 00 00 fb bf 00, ff ff 00 00 00 f3 cf 00, 0, 1c000, false",
        "code is conforming,          ff ff 00 00 00 ff af 00, ff ff 00 00 00 f3 cf 00, 0, 1c000, false",
        "stack is not yet accessed,   ff ff 00 00 00 fb af 00, ff ff 00 00 00 f2 cf 00, 0, 1c000, true",
        "stack is read-only,          ff ff 00 00 00 fb af 00, ff ff 00 00 00 f1 cf 00, 0, 1c000, false",
        "alignment is checked,        ff ff 00 00 00 fb af 00, ff ff 00 00 00 f3 cf 00, 40000, 1c000, false",
        "RF is set,                   ff ff 00 00 00 fb af 00, ff ff 00 00 00 f3 cf 00, 10000, 1c000, true",
        "DF and ID are set,           ff ff 00 00 00 fb af 00, ff ff 00 00 00 f3 cf 00, 200400, 1c000, true",
        "the kernel's stack is null,  ff ff 00 00 00 fb af 00, ff ff 00 00 00 f3 cf 00, 0, 1c000, true",
        "the frame is on two pages,   ff ff 00 00 00 fb af 00, ff ff 00 00 00 f3 cf 00, 0, 1c010, false"
    })
    void returnsToKernelAndUser(String what, String code, String stack, String flags, String rsp, boolean generated) {
        try (TwinGuest guest = new TwinGuest(1 << 20, 1)) {
            guest.write(GDT + 0x10, KERNEL_STACK);
            guest.write(GDT + 0x20, stack);
            guest.write(GDT + 0x28, code);
            place(guest, what.contains("null") ? "00" : "10", little(flags));
            guest.msr(Msr.STAR, TwinGuest.SELECTORS);
            guest.msr(Msr.LSTAR, TwinGuest.UPPER | KERNEL);
            guest.msr(Msr.SFMASK, 0x257FD5);
            guest.register(11, 0x202);
            guest.register(1, TwinGuest.CODE);
            guest.register(Processor.RSP, Long.parseLong(rsp, 16));
            guest.register(Processor.RIP, START);
            guest.runInterruptedTo(MOMENTS);
            assertTrue(guest.cpu().gpr[3] > 20, what);
            long left = guest.interpretedFirst("IRET");
            assertEquals(generated, left < 200,
                    () -> "%s: %d left to the interpreter, most as an interrupt waits".formatted(what, left));
        }
    }

    /** A hexadecimal number as the bytes of an immediate. */
    private static String little(String flags) {
        int value = Integer.parseInt(flags, 16);
        return "%02x %02x %02x %02x".formatted(value & 0xFF, value >> 8 & 0xFF, value >> 16 & 0xFF, value >>> 24);
    }

    private static void place(TwinGuest guest, String kernelStack, String flags) {
        guest.write(START, "48 0f 07"); // sysretq
        guest.write(TwinGuest.RECOVERY, "e9 fb a7 ff ff"); // jmp to START
        guest.write(TwinGuest.CODE, "48 83 c0 01 f9 0f 05 48 83 d2 00 eb f3"); // add rax, 1; stc; syscall; adc rdx, 0; jmp
        guest.write(KERNEL, "48 83 c3 01 48 89 e6" // add rbx, 1; mov rsi, rsp
                + "6a " + kernelStack + " 56 9c 6a 08 48 8d 3d 03 00 00 00 57 48 cf" // to the next instruction: push SS, RSP, RFLAGS, CS, RIP; iretq
                + "49 81 cb " + flags // or r11, flags
                + " 6a 23 56 41 53 6a 2b 51 48 cf"); // to the user
    }
}
