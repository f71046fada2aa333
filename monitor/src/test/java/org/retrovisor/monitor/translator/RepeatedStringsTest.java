package org.retrovisor.monitor.translator;

import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** REP MOVS and REP STOS from one page into the next, which may be written, only read, or is the code's own, stopped everywhere. */
class RepeatedStringsTest {
    private static final int R12 = 12;
    private static final int MOMENTS = 40_000;

    /** add r12, 8; mov r13, r12; and r13d, 0x1ff8; then the destination into RDI. */
    private static final String ALIGNED = "49 83 c4 08 4d 89 e5 41 81 e5 f8 1f 00 00 49 8d bd";
    /** The same with a step of 11 bytes. */
    private static final String ANYWHERE = "49 83 c4 0b 4d 89 e5 41 81 e5 ff 1f 00 00 49 8d bd";
    /** lea rsi, [r13+2*r13+0x20008]; mov ecx, r12d; and ecx, 0x3f; imul rax, r12, 0x1010101. */
    private static final String OTHERS = "4b 8d b4 6d 08 00 02 00 44 89 e1 83 e1 3f 49 69 c4 01 01 01 01";
    /** add rbx, rcx; add rbx, rdi; add rbx, rsi. */
    private static final String SUM = "48 01 cb 48 01 fb 48 01 f3";

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    /** STOSB, STOSW, STOSD, STOSQ, MOVSB, MOVSW, MOVSD, MOVSQ: the second page behind the first is only for reads. */
    @ParameterizedTest
    @ValueSource(strings = {"f3 aa", "66 f3 ab", "f3 ab", "f3 48 ab", "f3 a4", "66 f3 a5", "f3 a5", "f3 48 a5"})
    void partsAreAsTheirIterations(String string) {
        run(code(ANYWHERE, TwinGuest.DATA + 0x800, string), 0);
        run(code(ALIGNED, TwinGuest.DATA + 0x800, string), 0);
    }

    /** By way of the alias the guest changes its own code, far behind what it executes. */
    @ParameterizedTest
    @ValueSource(strings = {"f3 aa", "f3 48 ab", "f3 a4", "f3 48 a5"})
    void codeAndWhatIsNotThereAreLeftToTheInterpreter(String string) {
        run(code(ALIGNED, TwinGuest.ALIAS - 0x1000, string), 0x800);
    }

    /** Downward, nothing at all, and with more than a page. */
    @ParameterizedTest
    @ValueSource(strings = {"fd f3 aa fc", "fd f3 48 a5 fc", "31 c9 f3 48 ab", "66 b9 01 04 f3 ab",
        "66 b9 01 02 f3 48 a5"})
    void otherCasesAreTheInterpreters(String string) {
        run(code(ALIGNED, TwinGuest.DATA + 0x400, string), 0);
    }

    @ParameterizedTest
    @CsvSource({"STOS_Yb_AL, f3 aa", "STOS_Yv_rAX, f3 48 ab", "MOVS_Yb_Xb, f3 a4", "MOVS_Yv_Xv, f3 48 a5"})
    void theNextPageIsReachedInGeneratedCode(String row, String string) {
        try (TwinGuest guest = guest(code(ALIGNED, TwinGuest.DATA, string))) { // 63 operands at most reach the second page only
            guest.register(R12, 0xF00);
            for (int moment = 1000; moment < 30_000; moment += 1000) {
                guest.register(R12, 0xF00);
                assertTrue(guest.runTo(moment));
            }
            guest.compareMemory();
            assertTrue(guest.interpretedFirst(row) < 100,
                    () -> row + " left generated code: " + guest.interpretedFirst(row));
        }
    }

    private static String code(String address, long destination, String string) {
        String lines = address + little(destination) + OTHERS + string + SUM;
        int length = lines.replace(" ", "").length() / 2;
        return lines + "e9" + little(-length - 5L); // jmp
    }

    private static String little(long value) {
        return HexFormat.of().toHexDigits(Integer.reverseBytes((int) value));
    }

    private static TwinGuest guest(String code) {
        TwinGuest guest = new TwinGuest(1 << 20, 3);
        guest.write(TwinGuest.CODE, code);
        guest.goOnBehindFaults();
        for (int register = 0; register < 16; register++) {
            guest.register(register, 0x1234_5678_9ABCL * (register + 1));
        }
        byte[] pattern = new byte[0x8000];
        for (int i = 0; i < pattern.length; i++) {
            pattern[i] = (byte) (i * 7 + (i >> 8));
        }
        guest.write(0x2_0000, pattern);
        guest.register(4, TwinGuest.STACK);
        guest.register(Processor.RIP, TwinGuest.CODE);
        return guest;
    }

    private static void run(String code, long start) {
        try (TwinGuest guest = guest(code)) {
            guest.register(R12, start);
            guest.runInterruptedTo(MOMENTS);
            assertTrue(guest.translator().generatedMoments() > 100, "nothing was executed in generated code");
        }
    }
}
