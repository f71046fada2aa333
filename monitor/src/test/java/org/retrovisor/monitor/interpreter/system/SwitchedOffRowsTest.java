package org.retrovisor.monitor.interpreter.system;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.Feature;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Operand;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Each row of x87, MMX, SSE and AVX, switched off by each of the bits that do so, and by no other (SDM volume 2, sections 2.4 and 2.5;
 * volume 3, section 2.5).
 */
@OnEachEngine
class SwitchedOffRowsTest {
    private static final long OPERAND = 0x5_0000;
    private static final int THROUGH = 0x40;
    private static final List<String> STATE = List.of("FXSAVE", "FXRSTOR", "XSAVE", "XSAVEOPT", "XRSTOR", "XSETBV",
            "XGETBV");

    /** What a row belongs to, and what it raises with TS, EM, without OSFXSR, and without the upper halves in XCR0. */
    enum Unit {
        X87(Vector.NM, Vector.NM, THROUGH, THROUGH), MMX(Vector.NM, Vector.UD, THROUGH, THROUGH), SSE(Vector.NM,
                Vector.UD, Vector.UD,
                THROUGH), AVX(Vector.NM, THROUGH, THROUGH, Vector.UD), NONE(THROUGH, THROUGH, THROUGH, THROUGH);

        private final int[] expected;

        Unit(int... expected) {
            this.expected = expected;
        }

        static Unit of(Row row) {
            if (row.vex()) {
                boolean general = row.feature().filter(f -> f == Feature.BMI1 || f == Feature.BMI2).isPresent();
                return general ? NONE : AVX;
            }
            if (row.map() == 0 && row.opcode() >= 0xD8 && row.opcode() <= 0xDF) {
                return X87;
            }
            if (names(row, "VWU") || row.mnemonic().endsWith("MXCSR")) {
                return SSE;
            }
            return names(row, "PQN") || row.mnemonic().equals("EMMS") ? MMX : NONE;
        }

        private static boolean names(Row row, String places) {
            return row.operands().stream().map(Operand::place).anyMatch(place -> places.indexOf(place) >= 0);
        }
    }

    static Stream<Row> rows() {
        return InstructionTable.complete().rows().stream()
                .filter(row -> row.vex() || Unit.of(row) != Unit.NONE)
                .filter(row -> !STATE.contains(row.mnemonic()));
    }

    static Stream<Row> rowsWithVex() {
        return rows().filter(Row::vex);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void theBitsOfItsUnitSwitchARowOff(Row row) {
        Unit unit = Unit.of(row);
        String code = code(row) + "cd 40"; // int 40h
        assertEquals(THROUGH, vector(code, 0, Control.CR4_OSFXSR, 7), code);
        assertEquals(unit.expected[0], vector(code, Control.CR0_TS, Control.CR4_OSFXSR, 7), code + " with TS");
        assertEquals(unit.expected[1], vector(code, Control.CR0_EM, Control.CR4_OSFXSR, 7), code + " with EM");
        assertEquals(unit.expected[2], vector(code, 0, 0, 7), code + " without OSFXSR");
        assertEquals(unit.expected[3], vector(code, 0, Control.CR4_OSFXSR, 3), code + " without upper halves");
    }

    /** VEX is for protected mode: elsewhere its first bytes are LES and LDS, with a register that they do not have. */
    @ParameterizedTest
    @MethodSource("rowsWithVex")
    void rowsWithVexAreUndefinedInVirtual8086Mode(Row row) {
        try (TinyGuest guest = TinyGuest.protected32(CpuModel.V3)) {
            enable(guest.cpu, 0, Control.CR4_OSFXSR, 7);
            guest.asVirtual8086(0).run(code(row) + "f4").expectVector(Vector.UD);
        }
    }

    private static long vector(String code, long cr0, long cr4, long components) {
        try (TinyGuest guest = TinyGuest.long64(CpuModel.V3)) {
            enable(guest.cpu, cr0, cr4, components);
            guest.put32(OPERAND, 0x1F80); // for LDMXCSR
            guest.run(code);
            return (guest.register(Processor.RIP) - TinyGuest.HANDLERS) / 16;
        }
    }

    private static void enable(Processor cpu, long cr0, long cr4, long components) {
        cpu.gpr[Processor.RAX] = OPERAND;
        cpu.gpr[Processor.RDI] = OPERAND;
        cpu.cr0 |= cr0;
        cpu.cr4 |= cr4 | Control.CR4_OSXSAVE;
        cpu.xcr0 = components;
    }

    /** With register 1, or memory at RAX; gathers with three registers that differ. */
    private static String code(Row row) {
        StringBuilder out = new StringBuilder();
        if (row.vex()) {
            int vvvv = row.is(Attribute.VSIB) ? 13 : 15;
            int last = (row.is(Attribute.W1) ? 0x80 : 0) | vvvv << 3 | (row.is(Attribute.L1) ? 4 : 0)
                    | row.prefix().implied();
            add(out, 0xC4, 0xE0 | row.map(), last, row.opcode());
        } else {
            legacy(out, row);
        }
        if (row.hasModRm()) {
            modRm(out, row);
        }
        for (Operand operand : row.operands()) {
            if (operand.place() == 'I' || operand.place() == 'L') {
                add(out, 0);
            }
        }
        return out.toString();
    }

    private static void legacy(StringBuilder out, Row row) {
        switch (row.prefix()) {
            case P66 -> add(out, 0x66);
            case PF2 -> add(out, 0xF2);
            case PF3 -> add(out, 0xF3);
            default -> {}
        }
        if (row.is(Attribute.W1)) {
            add(out, 0x48);
        }
        if (row.map() > 0) {
            add(out, 0x0F);
        }
        if (row.map() > 1) {
            add(out, row.map() == 2 ? 0x38 : 0x3A);
        }
        add(out, row.opcode());
    }

    private static void modRm(StringBuilder out, Row row) {
        int reg = Math.max(row.extension(), 0);
        if (row.modRm() >= 0) {
            add(out, row.modRm());
        } else if (row.is(Attribute.VSIB)) {
            add(out, 0x04, 0x08); // register 0 from [rax + register 1], mask in register 2
        } else {
            add(out, row.form() == Row.Form.MEMORY ? reg << 3 : 0xC1 | reg << 3);
        }
    }

    private static void add(StringBuilder out, int... bytes) {
        for (int b : bytes) {
            out.append("%02x ".formatted(b));
        }
    }
}
