package org.retrovisor.monitor.translator;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * An instruction that sets flags, some that keep them, one that faults, and one that overwrites them: the flags that the fault
 * pushes are those of the first, although generated code does not save them. System property {@code random.seed} chooses others.
 */
class FlagsAtFaultsTest {
    private static final long SEED = Long.getLong("random.seed", 1);
    private static final int CASES = 3000;
    private static final int[] OPCODES = {0x01, 0x09, 0x21, 0x29, 0x31, 0x39, 0x85, 0x03, 0x2B, 0x3B};
    private static final int[] EXTENSIONS = {0, 1, 4, 5, 6, 7};
    private static final int[] SHIFTS = {4, 5, 7};
    /** Of the fault; RSP is left alone, too. */
    private static final int POINTER = 3;

    private static final int RSP = 4;
    private static final int CASE_BYTES = 64;
    private static final int ROOM = 0x1000 / CASE_BYTES;

    private final Random random = new Random(SEED);

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    @Test
    void aFaultPushesTheFlagsThatTheInterpreterHas() {
        try (TwinGuest guest = new TwinGuest(4 << 20, 1)) {
            ByteArrayOutputStream recovery = new ByteArrayOutputStream();
            recovery.writeBytes(HexFormat.of().parseHex("488b3c25")); // mov rdi, [pushed flags]
            RandomCode.int32(recovery, (int) TwinGuest.OWN_STACK - 24);
            recovery.writeBytes(HexFormat.of().parseHex("ebfe"));
            guest.write(TwinGuest.RECOVERY, recovery.toByteArray());
            for (int number = 0; number < CASES; number++) {
                byte[] code = code();
                long at = TwinGuest.CODE + (long) CASE_BYTES * (number % ROOM);
                guest.write(at, code);
                values(guest);
                guest.register(Processor.RIP, at);
                try {
                    assertTrue(guest.runTo(guest.cpu().machine().moment() + 12));
                } catch (AssertionError e) {
                    throw new AssertionError("-Drandom.seed=%d case %d: %s"
                            .formatted(SEED, number, HexFormat.of().formatHex(code)), e);
                }
            }
            guest.compareMemory();
            assertTrue(guest.translator().generatedMoments() > CASES);
        }
    }

    private void values(TwinGuest guest) {
        for (int register = 0; register < 16; register++) {
            guest.register(register, random.nextLong() >> random.nextInt(64));
        }
        guest.register(POINTER, TwinGuest.ABSENT);
        guest.register(RSP, TwinGuest.STACK);
    }

    private byte[] code() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = random.nextInt(3); i >= 0; i--) {
            setsFlags(out);
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            keepsFlags(out);
        }
        out.writeBytes(HexFormat.of().parseHex(random.nextBoolean() ? "488903" : "480303")); // mov [rbx], rax; add rax, [rbx]
        out.writeBytes(HexFormat.of().parseHex("83c001ebfe")); // add eax, 1; jmp to itself
        return out.toByteArray();
    }

    private void setsFlags(ByteArrayOutputStream out) {
        boolean wide = random.nextBoolean();
        switch (random.nextInt(3)) {
            case 0 -> registers(out, wide, OPCODES[random.nextInt(OPCODES.length)], register(), register());
            case 1 -> {
                registers(out, wide, 0x83, EXTENSIONS[random.nextInt(EXTENSIONS.length)], register());
                out.write(random.nextInt(256));
            }
            default -> {
                registers(out, wide, 0xC1, SHIFTS[random.nextInt(SHIFTS.length)], register());
                out.write(1 + random.nextInt(wide ? 63 : 31));
            }
        }
    }

    private void keepsFlags(ByteArrayOutputStream out) {
        if (random.nextBoolean()) {
            registers(out, true, 0x89, register(), register());
        } else {
            registers(out, true, 0xF7, 2, register()); // NOT
        }
    }

    private static void registers(ByteArrayOutputStream out, boolean wide, int opcode, int reg, int rm) {
        out.write(0x40 | (wide ? 8 : 0) | reg >> 3 << 2 | rm >> 3);
        out.write(opcode);
        out.write(0xC0 | (reg & 7) << 3 | rm & 7);
    }

    private int register() {
        while (true) {
            int register = random.nextInt(16);
            if (register != POINTER && register != RSP) {
                return register;
            }
        }
    }
}
