package org.retrovisor.monitor.oracle;

import java.util.Set;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.processor.Flags;

/** Which flags the manuals leave undefined after an instruction: its row says so, and for shifts the count does. */
final class UndefinedFlags {
    private static final Set<String> SHIFTS = Set.of("SHL", "SHR", "SAR", "SHLD", "SHRD");
    private static final Set<String> ROTATES = Set.of("ROL", "ROR", "RCL", "RCR");

    private UndefinedFlags() {}

    /** The flags not to compare, at their places in RFLAGS. */
    static int of(Encoding encoding, CpuState before) {
        Instruction i = encoding.instruction();
        String mnemonic = i.row.mnemonic();
        if (SHIFTS.contains(mnemonic) || ROTATES.contains(mnemonic)) {
            return ofShift(i, before, SHIFTS.contains(mnemonic));
        }
        return mask(i.row.undefined());
    }

    /** Whether the manuals leave the result itself undefined: a double shift of 16 bits by more. */
    static boolean evenTheResult(Encoding encoding, CpuState before) {
        Instruction i = encoding.instruction();
        boolean doubleShift = i.row.mnemonic().equals("SHLD") || i.row.mnemonic().equals("SHRD");
        return doubleShift && i.operandSize == 2 && (count(i, before) & 31) > 16;
    }

    /** Whether it is a shift or rotate that shifts nothing, and so changes no flag. */
    static boolean shiftsByZero(Encoding encoding, CpuState before) {
        Instruction i = encoding.instruction();
        String mnemonic = i.row.mnemonic();
        return (SHIFTS.contains(mnemonic) || ROTATES.contains(mnemonic)) && maskedCount(i, before) == 0;
    }

    private static int ofShift(Instruction i, CpuState before, boolean shift) {
        int bits = bits(i);
        int count = maskedCount(i, before);
        if (count == 0) {
            return 0;
        }
        int undefined = shift ? Flags.AF : 0;
        if (count != 1) {
            undefined |= Flags.OF;
        }
        if (shift && count >= bits) {
            undefined |= Flags.CF;
        }
        return undefined;
    }

    private static int bits(Instruction i) {
        return i.row.name().contains("_Eb") ? 8 : i.operandSize * 8;
    }

    private static int maskedCount(Instruction i, CpuState before) {
        return count(i, before) & (bits(i) == 64 ? 63 : 31);
    }

    private static int count(Instruction i, CpuState before) {
        Row row = i.row;
        return row.name().endsWith("_1") ? 1 : row.name().endsWith("_CL") ? (int) before.gpr[1] : (int) i.immediate;
    }

    /** Flags that are named by their letters in the table, at their places in RFLAGS. */
    static int mask(String letters) {
        int mask = 0;
        for (char letter : letters.toCharArray()) {
            mask |= switch (letter) {
                case 'O' -> Flags.OF;
                case 'S' -> Flags.SF;
                case 'Z' -> Flags.ZF;
                case 'A' -> Flags.AF;
                case 'P' -> Flags.PF;
                case 'C' -> Flags.CF;
                default -> throw new IllegalArgumentException("flag " + letter);
            };
        }
        return mask;
    }
}
