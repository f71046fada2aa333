package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;

/** Binds all rows of {@code integer.tbl}. */
public final class IntegerInstructions {
    private IntegerInstructions() {}

    /** Binds the family. */
    public static void bind(SemanticsTable table) {
        binary(table, "ADD", forms(Arithmetic.ADD));
        binary(table, "ADC", forms(Arithmetic.ADC));
        binary(table, "SUB", forms(Arithmetic.SUB));
        binary(table, "SBB", forms(Arithmetic.SBB));
        binary(table, "OR", forms(Logic.OR));
        binary(table, "AND", forms(Logic.AND));
        binary(table, "XOR", forms(Logic.XOR));
        binary(table, "CMP", Specialized.copy(Forms.class, ComparisonForms.class, Arithmetic.SUB));
        test(table, Specialized.copy(Forms.class, ComparisonForms.class, Logic.AND));
        unary(table, "INC", forms(Arithmetic.INC));
        unary(table, "DEC", forms(Arithmetic.DEC));
        unary(table, "NEG", forms(Arithmetic.NEG));
        unary(table, "NOT", forms(Logic.NOT));
        shift(table, "SHL", forms(Shifts.SHL));
        shift(table, "SHR", forms(Shifts.SHR));
        shift(table, "SAR", forms(Shifts.SAR));
        shift(table, "ROL", forms(Rotates.ROL));
        shift(table, "ROR", forms(Rotates.ROR));
        shift(table, "RCL", forms(Rotates.RCL));
        shift(table, "RCR", forms(Rotates.RCR));
        DoubleShifts.bind(table);
        Multiplication.bind(table);
        Division.bind(table);
        Bits.bind(table);
        BitManipulation.bind(table);
        Moves.bind(table);
        Exchanges.bind(table);
        Jumps.bind(table);
        Stack.bind(table);
        Strings.bind(table);
        FlagInstructions.bind(table);
        Decimal.bind(table);
        Hints.bind(table);
    }

    private static Forms forms(Operation operation) {
        return Specialized.copy(Forms.class, OperationForms.class, operation);
    }

    private static void binary(SemanticsTable table, String mnemonic, Forms forms) {
        table.bindChooser(mnemonic + "_Eb_Gb", forms::eg8);
        table.bindChooser(mnemonic + "_Ev_Gv", forms::eg);
        table.bindChooser(mnemonic + "_Gb_Eb", forms::ge8);
        table.bindChooser(mnemonic + "_Gv_Ev", forms::ge);
        immediates(table, mnemonic, forms);
        table.bindChooser(mnemonic + "_Ev_Ib", forms::ei);
    }

    private static void immediates(SemanticsTable table, String mnemonic, Forms forms) {
        table.bindChooser(mnemonic + "_AL_Ib", forms::ei8);
        table.bindChooser(mnemonic + "_rAX_Iz", forms::ei);
        table.bindChooser(mnemonic + "_Eb_Ib", forms::ei8);
        table.bindChooser(mnemonic + "_Ev_Iz", forms::ei);
    }

    private static void test(SemanticsTable table, Forms forms) {
        table.bindChooser("TEST_Eb_Gb", forms::eg8);
        table.bindChooser("TEST_Ev_Gv", forms::eg);
        immediates(table, "TEST", forms);
    }

    private static void unary(SemanticsTable table, String mnemonic, Forms forms) {
        table.bindChooser(mnemonic + "_Eb", forms::ei8);
        table.bindChooser(mnemonic + "_Ev", forms::ei);
        if (mnemonic.equals("INC") || mnemonic.equals("DEC")) {
            table.bindChooser(mnemonic + "_Zv", forms::ei);
        }
    }

    private static void shift(SemanticsTable table, String mnemonic, Forms forms) {
        table.bindChooser(mnemonic + "_Eb_Ib", forms::ei8);
        table.bindChooser(mnemonic + "_Ev_Ib", forms::ei);
        table.bindChooser(mnemonic + "_Eb_1", forms::e18);
        table.bindChooser(mnemonic + "_Ev_1", forms::e1);
        table.bindChooser(mnemonic + "_Eb_CL", forms::ec8);
        table.bindChooser(mnemonic + "_Ev_CL", forms::ec);
    }
}
