package org.retrovisor.monitor.isa;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * All rows, read from the {@code *.tbl} files beside this class.
 *
 * <p>A line is {@code OPCODE  NAME  ATTRIBUTES}, columns apart by two spaces or more; {@code #} starts a comment. The
 * opcode column is the Intel manual's: an optional mandatory prefix (NP 66 F3 F2; VNP V66 VF3 VF2 in a VEX prefix), the opcode bytes, then {@code /n} for
 * a group, {@code mem} or {@code reg} to restrict ModRM.mod, {@code +r} for a register in the opcode, a third byte for an
 * exact ModRM and {@code C0+i} for eight of them.
 *
 * <p>Attributes: {@code w=OSZAPC} flags written, {@code u=...} flags undefined, {@code lock}, {@code ring0},
 * {@code ends} (a block ends behind it), {@code crosses} (the boundary; implies ends), {@code i64} (invalid in 64-bit
 * mode), {@code o64} (only there), {@code d64} and {@code f64} (operand size defaults to, or is always, 64 bits there),
 * {@code f=...} (only where CPUID offers the {@link Feature}), {@code l0} and {@code l1} (only with 128 or with 256 bits by
 * VEX.L), {@code vsib} (the index register is a vector), {@code w0} and {@code w1} (only without or with REX.W or VEX.W), {@code wig32}
 * (outside 64-bit mode VEX.W is ignored), {@code anymod} (mod is ignored, always a register),
 * {@code m16} (the memory form is 16 bits wide whatever the operand size), {@code stack} (a non-canonical address is a stack fault).
 */
public final class InstructionTable {
    /** The tables, in the order of their rows. */
    static final List<String> FILES = List.of("integer.tbl", "system.tbl", "sse.tbl", "x87.tbl", "vex.tbl");
    private static final List<Row> ALL = FILES.stream().flatMap(file -> read(file).stream()).toList();
    private static final Row UNDEFINED = special("UNDEFINED");
    private static final Row TOO_LONG = special("TOO_LONG");
    private static final Map<Set<Feature>, InstructionTable> BY_FEATURES = new ConcurrentHashMap<>();
    private static final Row[] NO_ROWS = {};

    private final List<Row> rows;
    private final Row[][] byOpcode = new Row[2 * 4 * 256][];

    private InstructionTable(List<Row> rows) {
        this.rows = rows;
        index();
    }

    /** The table of all instructions that the default processor model knows. */
    public static InstructionTable standard() {
        return of(Set.of());
    }

    /** The table of all instructions that any processor model knows. */
    public static InstructionTable complete() {
        return of(EnumSet.allOf(Feature.class));
    }

    /** The table of a processor model with these features. */
    public static InstructionTable of(Set<Feature> features) {
        return BY_FEATURES.computeIfAbsent(Set.copyOf(features), InstructionTable::with);
    }

    private static InstructionTable with(Set<Feature> features) {
        return new InstructionTable(
                ALL.stream().filter(row -> row.feature().map(features::contains).orElse(true)).toList());
    }

    /** Every row, in file order. */
    public List<Row> rows() {
        return rows;
    }

    /** The row of encodings that raise #UD. */
    public Row undefined() {
        return UNDEFINED;
    }

    /** The row of instructions longer than 15 bytes, which raise #GP(0). */
    public Row tooLong() {
        return TOO_LONG;
    }

    /** Whether any instruction has a VEX prefix: otherwise C4 and C5 begin none in 64-bit mode. */
    boolean hasVex() {
        return rows.stream().anyMatch(Row::vex);
    }

    /** The rows that share an opcode; empty when there are none. */
    Row[] candidates(boolean vex, int map, int opcode) {
        Row[] found = byOpcode[slot(vex, map, opcode)];
        return found == null ? NO_ROWS : found;
    }

    private static int slot(boolean vex, int map, int opcode) {
        return (vex ? 4 + map : map) << 8 | opcode;
    }

    private static Row special(String name) {
        return new Row(
                name, name, List.of(), 0, -1, Prefix.ANY, -1, -1, 1, false, Row.Form.EITHER, "", "", Optional.empty(),
                false, false, Attribute.ENDS.bit());
    }

    private static List<Row> read(String file) {
        try (InputStream in = InstructionTable.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the instruction table " + file + " is missing");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            List<Row> rows = new ArrayList<>();
            for (String line : text.split("\n")) {
                RowParser.parse(line).ifPresent(rows::add);
            }
            return List.copyOf(rows);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void index() {
        List<List<Row>> lists = new ArrayList<>(Collections.nCopies(byOpcode.length, null));
        for (Row row : rows) {
            for (int i = 0; i < (row.plusR() ? 8 : 1); i++) {
                int slot = slot(row.vex(), row.map(), row.opcode() + i);
                if (lists.get(slot) == null) {
                    lists.set(slot, new ArrayList<>());
                }
                lists.get(slot).add(row);
            }
        }
        for (int slot = 0; slot < byOpcode.length; slot++) {
            byOpcode[slot] = lists.get(slot) == null ? null : checked(slot, lists.get(slot));
        }
    }

    /** Rows of one opcode agree on whether there is a ModRM byte: the decoder must know before it chooses. */
    private static Row[] checked(int slot, List<Row> sharing) {
        boolean modRm = sharing.get(0).hasModRm();
        for (Row row : sharing) {
            if (row.hasModRm() != modRm) {
                throw new IllegalStateException("rows of opcode %x disagree on ModRM: %s".formatted(slot, row.name()));
            }
        }
        return sharing.toArray(Row[]::new);
    }
}
