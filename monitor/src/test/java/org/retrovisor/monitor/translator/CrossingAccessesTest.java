package org.retrovisor.monitor.translator;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Accesses that begin on one page and end on the next: of all sizes at all offsets, onto pages of all kinds, in loops, on both engines. */
class CrossingAccessesTest {
    private static final int RCX = 1;
    private static final int RBX = 3;
    private static final int RSP = 4;
    private static final int RBP = 5;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final int R9 = 9;
    private static final int R10 = 10;
    private static final int SLOT_BYTES = 128;
    private static final int SLOTS = 0x1000 / SLOT_BYTES;
    private static final int[] STOPS = {3, 5, 60, 61, 62, 150, 260, 263};
    private static final String MADE = "accesses across the end of a page made and resumed";
    private static final long LAST_LEVEL = 0x4000;
    private static final long DEVICE = 0x1F0000;
    private static final long LAST_OF_LOWER_HALF = (1L << 47) - 0x1000;

    /** Prefixes, whether REX.W is needed, and the opcode; the operand in a register is number 1. */
    private record Form(String prefix, boolean wide, String opcode, int field, String immediate) {
        Form(String prefix, boolean wide, String opcode) {
            this(prefix, wide, opcode, 1, "");
        }

        @Override
        public String toString() {
            return prefix + (wide ? " rex.w " : " ") + opcode;
        }
    }

    private static final List<Form> READS = List.of(
            new Form("66", false, "8b"), new Form("", false, "8b"), new Form("", true, "8b"), // MOV
            new Form("", false, "0fb7"), new Form("", true, "0fbf"), new Form("", true, "63"), // MOVZX, MOVSX, MOVSXD
            new Form("", true, "03"), new Form("", true, "3b"), new Form("66", false, "85"), // ADD, CMP, TEST
            new Form("", true, "81", 7, "12345678"), new Form("", true, "13"), new Form("", true, "0f44"), // CMP, ADC, CMOVE
            new Form("", true, "0faf"), new Form("", true, "0fbc"), // IMUL, BSF
            new Form("", false, "0f10"), new Form("f3", false, "0f6f"), new Form("f2", false, "0ff0"), // MOVUPS, MOVDQU, LDDQU
            new Form("f2", false, "0f10"), new Form("f3", false, "0f10"), new Form("66", false, "0f6e"), // MOVSD, MOVSS, MOVD
            new Form("f3", false, "0f7e"), new Form("", false, "0f16"), new Form("f2", false, "0f58"), // MOVQ, MOVHPS, ADDSD
            new Form("66", false, "0f3a22", 1, "02"), new Form("66", false, "0f3830")); // PINSRD, PMOVZXBW

    private static final List<Form> STORES = List.of(
            new Form("66", false, "89"), new Form("", false, "89"), new Form("", true, "89"), // MOV
            new Form("66", false, "c7", 0, "0180"), new Form("", false, "c7", 0, "78563492"),
            new Form("", true, "c7", 0, "785634f2"),
            new Form("", false, "0f11"), new Form("f3", false, "0f7f"), new Form("66", false, "0f11"), // MOVUPS, MOVDQU, MOVUPD
            new Form("f2", false, "0f11"), new Form("f3", false, "0f11"), new Form("66", false, "0f7e"), // MOVSD, MOVSS, MOVD
            new Form("66", true, "0f7e"), new Form("66", false, "0fd6"), // MOVQ
            new Form("", false, "0f13"), new Form("", false, "0f17"), new Form("66", false, "0f17")); // MOVLPS, MOVHPS, MOVHPD

    private static final List<Form> OTHERS = List.of(
            new Form("", true, "01"), new Form("", false, "ff", 0, ""), new Form("", true, "87"), // ADD, INC, XCHG
            new Form("66", false, "0fc1"), new Form("", true, "d1", 4, ""), new Form("", true, "0fba", 5, "07"), // XADD, SHL, BTS
            new Form("66", false, "0f3a16", 1, "01"), new Form("", true, "8f", 0, ""), // PEXTRD, POP
            new Form("", true, "ff", 6, "")); // PUSH

    /** How the operand is named. */
    private enum Mode {
        BASE, INDEX, STACK, CONSTANT, IN_STATE_BLOCK, SEGMENT;

        int rex() {
            return this == IN_STATE_BLOCK ? 1 : 0;
        }

        void write(ByteArrayOutputStream out, int field, long target) {
            int reg = field << 3;
            switch (this) {
                case BASE, SEGMENT -> out.write(reg | RBX);
                case INDEX -> out.writeBytes(new byte[]{(byte) (reg | 4), (byte) (3 << 6 | RDI << 3 | RBX)});
                case STACK -> out.writeBytes(new byte[]{(byte) (0x44 | reg), 0x24, 0x10});
                case IN_STATE_BLOCK -> out.writeBytes(new byte[]{(byte) (0x44 | reg), 0x24, 0}); // R12
                case CONSTANT -> {
                    out.writeBytes(new byte[]{(byte) (reg | 4), 0x25});
                    RandomCode.int32(out, (int) target);
                }
            }
        }
    }

    private int slot;

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void whatIsReadComesFromBothPages(Mode mode) {
        everywhere(mode, READS, TwinGuest.DATA + 0x1000, 3);
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void whatIsStoredGoesToBothPages(Mode mode) {
        everywhere(mode, STORES, TwinGuest.DATA + 0x1000, 3);
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void whatReadsAndWritesIsLeftToTheInterpreter(Mode mode) {
        everywhere(mode, OTHERS, TwinGuest.DATA + 0x1000, 0);
    }

    /** The pages before and behind those without rights, code of its own and by an alias, paging structures, a device. */
    @ParameterizedTest
    @ValueSource(longs = {TwinGuest.READ_ONLY, TwinGuest.ABSENT, TwinGuest.ALIAS, TwinGuest.ALIAS + 0x1000,
        TwinGuest.CODE,
        TwinGuest.CODE + 0x1000, LAST_LEVEL, LAST_LEVEL + 0x1000, DEVICE, DEVICE + 0x1000})
    void pagesOfAllKindsAreWhatTheyAre(long next) {
        for (List<Form> forms : List.of(READS, STORES, OTHERS)) {
            everywhere(Mode.BASE, forms, next, 0);
        }
    }

    /** Each form at each offset before a page: a loop that changes the bytes on both sides, and looks at them. */
    private void everywhere(Mode mode, List<Form> forms, long next, int madeEachTime) {
        try (TwinGuest guest = guest()) {
            for (Form form : forms) {
                for (int before = 1; before < 16; before++) {
                    long made = made(guest);
                    try {
                        run(guest, form, mode, next - before, next);
                    } catch (AssertionError e) {
                        throw new AssertionError("%s, %d bytes before %x".formatted(form, before, next), e);
                    }
                    if (before == 1) {
                        assertTrue(made(guest) - made >= madeEachTime, () -> form + " left generated code for good");
                    }
                }
            }
            guest.compareMemory();
        }
    }

    private static long made(TwinGuest guest) {
        return guest.translator().figures().get(MADE);
    }

    private static TwinGuest guest() {
        TwinGuest guest = new TwinGuest(4 << 20, 1);
        guest.write(TwinGuest.RECOVERY, "48 ff c0 eb fb"); // inc rax; jmp to it
        guest.write(LAST_LEVEL + (DEVICE >> 9), "07 00 00 10 00 00 00 00");
        // Neighbours in the linear address space must not be neighbours in RAM, or it would not matter which of them a byte is taken from.
        guest.write(LAST_LEVEL + (TwinGuest.DATA + 0x1000 >> 9), "07 00 1d 00 00 00 00 00");
        return guest;
    }

    private void run(TwinGuest guest, Form form, Mode mode, long target, long next) {
        long at = TwinGuest.CODE + (long) SLOT_BYTES * (slot++ % SLOTS);
        guest.write(at, code(form, mode, target, next));
        for (int register = 0; register < 16; register++) {
            guest.register(register, 0x1234_5678_9ABC_DEF1L * (2 * register + 3));
        }
        guest.register(RSP, mode == Mode.STACK ? target - 0x10 : TwinGuest.STACK);
        guest.register(12, target);
        guest.register(RDI, 5);
        guest.register(RBX, mode == Mode.INDEX ? target - 40 : mode == Mode.SEGMENT ? target - TwinGuest.DATA : target);
        guest.register(RSI, next - 1);
        guest.register(RBP, next);
        guest.register(R9, 4);
        guest.register(R10, TwinGuest.DATA + 0x200);
        guest.register(Processor.RIP, at);
        long moment = guest.moment();
        for (int done : STOPS) {
            assertTrue(guest.runTo(moment + done));
        }
    }

    /**
     * movq xmm1, rax; movhlps xmm2, xmm1; punpcklqdq xmm1, xmm3; paddq xmm3, xmm1; the access; add rax, 0x5a3c1e09;
     * movzx r8d, byte [rsi]; movzx r11d, byte [rbp]; and the other way round when the page is data: add byte [rsi], 7; add byte [rbp], 9;
     * sub r9, 1; jnz to the start, jmp to the start.
     */
    private static byte[] code(Form form, Mode mode, long target, long next) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        hex(out, "66480f6ec8 0f12d1 660f6ccb 660fd4d9");
        hex(out, mode == Mode.SEGMENT ? "64" : "");
        hex(out, form.prefix);
        int rex = (form.wide ? 8 : 0) | mode.rex();
        hex(out, rex == 0 ? "" : "%02x".formatted(0x40 | rex));
        hex(out, form.opcode);
        mode.write(out, form.field, target);
        hex(out, form.immediate);
        hex(out, "4805091e3c5a 440fb606 440fb65d00");
        if (next == TwinGuest.DATA + 0x1000) {
            hex(out, "800607 80450009");
        }
        hex(out, "4983e901 75");
        out.write(-(out.size() + 1));
        hex(out, "eb");
        out.write(-(out.size() + 1));
        assertTrue(out.size() <= SLOT_BYTES);
        return out.toByteArray();
    }

    private static void hex(ByteArrayOutputStream out, String bytes) {
        out.writeBytes(HexFormat.of().parseHex(bytes.replace(" ", "")));
    }

    @Test
    void aLoopWithOneVariableAcrossPagesStaysInGeneratedCode() {
        try (TwinGuest guest = guest()) {
            // head: mov [rsp], rdx; mov qword [rsp+0x10], 7; mov rax, [rsp+0x10]; add rdx, rax; paddq xmm1, xmm1; sub ecx, 1; jnz head; jmp head
            guest.write(TwinGuest.CODE,
                    "48 89 14 24 48 c7 44 24 10 07 00 00 00 48 8b 44 24 10 48 01 c2 66 0f d4 c9 83 e9 01 75 e2 eb e0");
            guest.register(RSP, TwinGuest.DATA + 0xFEC);
            guest.register(Processor.RIP, TwinGuest.CODE);
            int moments = 60_000;
            assertTrue(guest.runTo(moments));
            guest.compareMemory();
            assertTrue(made(guest) > moments / 7 * 2 - 100, "all accesses but the first few");
            long exits = guest.translator()
                    .figures()
                    .entrySet()
                    .stream()
                    .filter(figure -> figure.getKey().startsWith("exits"))
                    .mapToLong(figure -> figure.getValue())
                    .sum();
            assertTrue(exits < 50, exits + " exits");
        }
    }

    private static void runInterruptedAndOn(TwinGuest guest, int interrupted, int step) {
        guest.runInterruptedTo(interrupted);
        for (int moment = interrupted; moment < 60_000; moment += step) {
            assertTrue(guest.runTo(moment));
        }
        guest.compareMemory();
    }

    /** The stack lies on two pages, and the last bytes of the first are accessed one by one, by two, and by four. */
    @Test
    void theLastBytesOfAPageOfTheStackAreAccessedInGeneratedCode() {
        try (TwinGuest guest = guest()) {
            // head: movzx eax, byte [rsp+0x1f]; add [rsp+0x30], rax; mov byte [rsp+0x1f], dl; movzx eax, word [rsp+0x1e]; mov [rsp+0x38], rax
            //       mov [rsp+0x1c], edx; mov eax, [rsp+0x1c]; add rdx, rax; mov [rsp+0x1d], dx; jmp head
            guest.write(TwinGuest.CODE,
                    "0f b6 44 24 1f 48 01 44 24 30 88 54 24 1f 0f b7 44 24 1e 48 89 44 24 38 89 54 24 1c 8b 44 24 1c "
                            + "48 01 c2 66 89 54 24 1d eb d4");
            guest.register(RSP, TwinGuest.DATA + 0xFE0);
            guest.register(Processor.RIP, TwinGuest.CODE);
            runInterruptedAndOn(guest, 3000, 999);
            assertEquals(0, made(guest), "none is across the end of a page");
        }
    }

    /** A loop over tables keeps the places of TLB entries; its operands go on into the next page now and then. */
    @Test
    void aWalkOverATableAtOddAddressesReadsAndWritesAllOfIt() {
        try (TwinGuest guest = guest()) {
            byte[] data = new byte[0x2000];
            for (int i = 0; i < data.length; i++) {
                data[i] = (byte) (i * 31 ^ i >> 5);
            }
            guest.write(TwinGuest.DATA, data);
            // head: mov rdx, [rbx+rcx*8]; xor rax, rdx; mov [rsi+rcx*8], rax; lea rcx, [rcx+rdx]; add rcx, rdi; and ecx, 7
            //       add rdi, 1; test edi, 0x3f; jnz head; jmp head
            guest.write(TwinGuest.CODE,
                    "48 8b 14 cb 48 31 d0 48 89 04 ce 48 8d 0c 11 48 01 f9 83 e1 07"
                            + "48 83 c7 01 f7 c7 3f 00 00 00 75 df eb dd");
            guest.register(RBX, TwinGuest.DATA + 0xFD3);
            guest.register(RSI, TwinGuest.DATA + 0xFE6);
            guest.register(Processor.RIP, TwinGuest.CODE);
            runInterruptedAndOn(guest, 6000, 777);
            assertTrue(made(guest) > 60_000 / 10 / 8, "reads or writes");
        }
    }

    /** The low half of 16 bytes is the entry of the page that the high half is on: it is read before the walk sets its ACCESSED flag. */
    @Test
    void whatIsReadFirstIsReadBeforeTheSecondPageIsWalked() {
        try (TwinGuest guest = guest()) {
            long last = 0x1FF000;
            guest.write(LAST_LEVEL + (last >> 9) - 8, "07 40 00 00 00 00 00 00"); // the page before it is the page table
            // head: movups xmm0, [rbx]; movq rax, xmm0; add rdx, rax; mov [rsi], rbp; jmp head
            guest.write(TwinGuest.CODE, "0f 10 03 66 48 0f 7e c0 48 01 c2 48 89 2e eb f0");
            guest.register(RBX, last - 8);
            guest.register(RSI, LAST_LEVEL + (last >> 9));
            guest.register(RBP, last | 7);
            guest.register(Processor.RIP, TwinGuest.CODE);
            guest.runInterruptedTo(3000);
            assertTrue(made(guest) > 100);
        }
    }

    /** Nothing of an operand is looked at that ends where no address is canonical: not even by setting an ACCESSED flag. */
    @ParameterizedTest
    @ValueSource(strings = {"48 8b 03", "48 89 03", "48 c7 03 01 00 00 00", "48 01 03", "0f 10 03", "0f 11 03",
        "48 ff 33", "48 8f 03",
        "48 89 dc 58", "48 8d 63 08 50", "48 0f a3 0b", "66 0f 38 30 03"})
    void theEndOfTheLowerHalfIsNotPassed(String instruction) {
        try (TwinGuest guest = guest()) {
            guest.write(0x1000 + 8 * 255, "07 20 00 00 00 00 00 00");
            guest.write(0x2000 + 8 * 511, "07 30 00 00 00 00 00 00");
            guest.write(0x3000 + 8 * 511, "07 40 00 00 00 00 00 00");
            ByteArrayOutputStream code = new ByteArrayOutputStream();
            hex(code, instruction);
            RandomCode.near(code, TwinGuest.CODE, TwinGuest.RECOVERY, 0xE9);
            guest.write(TwinGuest.CODE, code.toByteArray());
            guest.write(TwinGuest.RECOVERY, "48 81 f3 00 20 00 00 e9 f4 8f ff ff"); // xor rbx, 0x2000; jmp to CODE
            guest.register(RCX, 3);
            guest.register(RBX, LAST_OF_LOWER_HALF - 0x2000 + 0xFFB);
            guest.register(Processor.RIP, TwinGuest.CODE);
            for (int moment : STOPS) {
                assertTrue(guest.runTo(moment));
            }
            guest.compareMemory();
            assertTrue(guest.translator().generatedMoments() > 100);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dd 03", "d9 03", "db 2b", "df 03", "db 03", "df 2b"})
    void theX87UnitReadsFromBothPages(String load) {
        try (TwinGuest guest = guest()) {
            byte[] data = HexFormat.of()
                    .parseHex("0102030405060708090a0b0c0d0e0f10a1a2a3a4a5b67788c93f44c5d6e7f8091a2b3c");
            guest.write(TwinGuest.DATA + 0xFF0, data);
            // head: load [rbx]; fstp qword [r10]; add byte [rsi], 3; jmp head
            byte[] code = HexFormat.of().parseHex((load + "41dd1a 800603 ebf6").replace(" ", ""));
            guest.write(TwinGuest.CODE, code);
            assertEquals(10, code.length);
            for (int before = 1; before < 10; before++) {
                guest.register(RBX, TwinGuest.DATA + 0x1000 - before);
                guest.register(RSI, TwinGuest.DATA + 0x1000 - before);
                guest.register(R10, TwinGuest.DATA + 0x200);
                guest.register(Processor.RIP, TwinGuest.CODE);
                long moment = guest.moment();
                for (int done : STOPS) {
                    assertTrue(guest.runTo(moment + done));
                }
            }
            guest.compareMemory();
            assertTrue(made(guest) > 10);
        }
    }
}
