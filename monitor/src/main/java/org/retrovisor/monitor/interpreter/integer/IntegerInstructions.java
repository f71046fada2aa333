package org.retrovisor.monitor.interpreter.integer;

import java.util.List;
import java.util.stream.Stream;
import org.retrovisor.monitor.interpreter.SemanticsTable;

/** Binds all rows of {@code integer.tbl}. */
public final class IntegerInstructions {
    private static final List<String> BINARY = List.of("ADD", "ADC", "SUB", "SBB", "OR", "AND", "XOR");
    private static final List<String> UNARY = List.of("INC", "DEC", "NEG", "NOT");
    private static final List<String> SHIFTS = List.of("SHL", "SHR", "SAR", "ROL", "ROR", "RCL", "RCR");

    private IntegerInstructions() {}

    /** Names of the operations that write a result. */
    static List<String> written() {
        return Stream.of(BINARY, UNARY, SHIFTS).flatMap(List::stream).toList();
    }

    /** Names of the operations that are executed for their flags only: CMP subtracts, TEST ands. */
    static List<String> compared() {
        return List.of("SUB", "AND");
    }

    /** Binds the family. */
    public static void bind(SemanticsTable table) {
        BINARY.forEach(mnemonic -> binary(table, mnemonic, forms(mnemonic)));
        binary(table, "CMP", Specialized.copy(Forms.class, ComparisonForms.class, "SUB"));
        test(table, Specialized.copy(Forms.class, ComparisonForms.class, "AND"));
        UNARY.forEach(mnemonic -> unary(table, mnemonic, forms(mnemonic)));
        SHIFTS.forEach(mnemonic -> shift(table, mnemonic, forms(mnemonic)));
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

    private static Forms forms(String mnemonic) {
        return Specialized.copy(Forms.class, OperationForms.class, mnemonic);
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
