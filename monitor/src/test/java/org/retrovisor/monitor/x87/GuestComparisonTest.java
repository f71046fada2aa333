package org.retrovisor.monitor.x87;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.oracle.ExtendedOperands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/** The same bytes, decoded and executed by the interpreter, against the host: rows, operands and flags are right too. */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
class GuestComparisonTest {
    private static final long SEED = 0x80_87_287;
    private static final int CASES = 400;
    private static final int MASKED = 0x37F;
    private static final GuestFpu GUEST = new GuestFpu();
    private static final HostComparison COMPARISON = new HostComparison(GUEST.cpu.fpu, GUEST.cpu.x87);

    /** Rows whose operand is an image, tested in {@link X87ImagesTest}. */
    private static final Set<String> IMAGES = Set.of("FLDENV_M", "FNSTENV_M", "FRSTOR_M", "FNSAVE_M");

    static List<X87Case> instructions() {
        return X87Cases.all();
    }

    @AfterAll
    static void close() {
        GUEST.close();
    }

    @ParameterizedTest
    @MethodSource("instructions")
    void theInterpreterGivesTheHostsBits(X87Case instruction) {
        MemorySegment entry = COMPARISON.host.define(instruction.bytes());
        GUEST.load(instruction.bytes());
        ExtendedOperands operands = new ExtendedOperands(SEED);
        for (int n = 0; n < CASES; n++) {
            int control = operands.below(0x20) << 8 | MASKED & 0xFF;
            String difference = instruction.run(COMPARISON, entry, operands, control, GUEST::run);
            int which = n;
            assertNull(difference, () -> instruction + ", seed " + SEED + ", case " + which + "\n" + difference);
        }
    }

    @Test
    void everyRowOfTheTableIsCompared() {
        Set<String> compared = new TreeSet<>(IMAGES);
        Decoder decoder = new Decoder(InstructionTable.standard());
        for (X87Case instruction : instructions()) {
            compared.add(decode(decoder, instruction.bytes()).row.name());
        }
        Set<String> rows = new TreeSet<>();
        for (Row row : InstructionTable.standard().rows()) {
            if (row.map() == 0 && (row.opcode() >= 0xD8 && row.opcode() <= 0xDF || row.opcode() == 0x9B)) {
                rows.add(row.name());
            }
        }
        assertEquals(rows, compared);
    }

    private static Instruction decode(Decoder decoder, int[] bytes) {
        byte[] code = new byte[16];
        for (int n = 0; n < bytes.length; n++) {
            code[n] = (byte) bytes[n];
        }
        return decoder.decode(code, 0, code.length, CodeSize.BITS_32);
    }
}
