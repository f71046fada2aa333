package org.retrovisor.monitor.isa;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One encoding: a row of the instruction table.
 *
 * @param name the manual's notation, {@code MNEMONIC_op1_op2}; unique among rows with one meaning (rows of the same
 *     name share their semantics)
 * @param mnemonic the part of the name before the operands
 * @param operands the operand codes, destination first
 * @param map the opcode map: 0 one byte, 1 0F, 2 0F38, 3 0F3A
 * @param opcode the opcode byte (the first of eight for {@code +r} rows)
 * @param prefix the mandatory prefix
 * @param extension ModRM.reg of a group ({@code /n}), or -1
 * @param modRm exact ModRM byte, or -1
 * @param modRmCount how many ModRM values from {@code modRm} on belong to this row: 1, or 8 for {@code +i} rows
 * @param plusR whether the low three opcode bits name a register
 * @param form restriction to memory or register operands
 * @param written the flags that get a defined value, letters of OSZAPC
 * @param undefined the flags that the manuals leave undefined; ours is one fixed value
 * @param feature what CPUID must offer; empty for what every model has
 * @param hasModRm whether an instruction of this row has a ModRM byte
 * @param usesVvvv whether VEX.vvvv names an operand
 * @param attributes the {@link Attribute#bit}s of the rest
 */
public record Row(
        String name,
        String mnemonic,
        List<Operand> operands,
        int map,
        int opcode,
        Prefix prefix,
        int extension,
        int modRm,
        int modRmCount,
        boolean plusR,
        Form form,
        String written,
        String undefined,
        Optional<Feature> feature,
        boolean hasModRm,
        boolean usesVvvv,
        long attributes) {
    private static final Set<String> ONLY_LOAD = Set.of("BT", "CALL", "CALLF", "CLFLUSH", "CMP", "DIV", "FADD", "FBLD",
            "FCOM",
            "FCOMP", "FDIV", "FDIVR", "FIADD", "FICOM", "FICOMP", "FIDIV", "FIDIVR", "FILD", "FIMUL", "FISUB", "FISUBR",
            "FLD",
            "FLDCW", "FLDENV", "FMUL", "FRSTOR", "FSUB", "FSUBR", "FXRSTOR", "IDIV", "IMUL", "INVLPG", "JMP", "JMPF",
            "LDMXCSR", "LGDT", "LIDT", "LLDT", "LMSW", "LTR", "MUL", "NOP", "PREFETCH", "PUSH", "TEST", "VERR", "VERW",
            "VLDMXCSR", "XRSTOR");

    /** Which forms of ModRM a row takes. */
    public enum Form {
        /** Both. */
        EITHER,
        /** mod is not 3. */
        MEMORY,
        /** mod is 3. */
        REGISTER
    }

    /** Whether it is encoded with a VEX prefix. */
    public boolean vex() {
        return is(Attribute.VEX);
    }

    /** Whether a memory operand is written: the one that stands first, unless the mnemonic only loads. */
    public boolean stores() {
        return !operands.isEmpty() && operands.getFirst().maybeMemory() && !ONLY_LOAD.contains(mnemonic);
    }

    /** Whether a block of code ends behind it. */
    public boolean endsBlock() {
        return is(Attribute.ENDS) || crossesBoundary();
    }

    /** Whether it may ask the boundary for something by itself (memory operands aside). */
    public boolean crossesBoundary() {
        return is(Attribute.CROSSES);
    }

    /** Whether it needs CPL 0. */
    public boolean privileged() {
        return is(Attribute.RING0);
    }

    /** Whether LOCK is allowed with a memory destination. */
    public boolean lockable() {
        return is(Attribute.LOCK);
    }

    /** Whether the row has this attribute. */
    public boolean is(Attribute attribute) {
        return (attributes & attribute.bit()) != 0;
    }
}
