package org.retrovisor.monitor.isa;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.retrovisor.monitor.oracle.Coverage;

/** Writes {@code docs/instructions.md} from the instruction table: what the rows say, under the headings of their files. */
final class InstructionPage {
    /** The part of a heading in front of its text. */
    private static final String RULE = "---- ";

    private static final Map<String, String> TITLES = Map.of(
            "integer.tbl", "General-purpose instructions",
            "system.tbl", "System instructions",
            "sse.tbl", "MMX and SSE",
            "x87.tbl", "x87",
            "vex.tbl", "VEX: BMI, AVX, AVX2, FMA, F16C");

    private static final Map<Prefix, String> PREFIXES = Map.of(
            Prefix.ANY, "", Prefix.NONE, "NP ", Prefix.P66, "66 ", Prefix.PF3, "F3 ", Prefix.PF2, "F2 ");

    private static final List<String> MAPS = List.of("", "0F ", "0F 38 ", "0F 3A ");

    /** Attributes in the order of the page; those with a column of their own are not here. */
    private static final Map<Attribute, String> NOTES = Map.ofEntries(
            Map.entry(Attribute.I64, "not in 64-bit mode"),
            Map.entry(Attribute.O64, "64-bit mode only"),
            Map.entry(Attribute.D64, "default 64"),
            Map.entry(Attribute.F64, "always 64"),
            Map.entry(Attribute.W0, "W = 0"),
            Map.entry(Attribute.W1, "W = 1"),
            Map.entry(Attribute.WIG32, "W = 0 only in 64-bit mode"),
            Map.entry(Attribute.L0, "128 bits"),
            Map.entry(Attribute.L1, "256 bits"),
            Map.entry(Attribute.ANYMOD, "mod ignored"),
            Map.entry(Attribute.LOCK, "LOCK"),
            Map.entry(Attribute.ENDS, "ends a block"),
            Map.entry(Attribute.CROSSES, "crosses"));

    private static final List<Attribute> NOTE_ORDER = List.of(Attribute.I64, Attribute.O64, Attribute.D64,
            Attribute.F64, Attribute.W0, Attribute.W1, Attribute.WIG32, Attribute.L0, Attribute.L1, Attribute.ANYMOD,
            Attribute.LOCK, Attribute.ENDS, Attribute.CROSSES);

    private final InstructionTable table;
    private final StringBuilder page = new StringBuilder();

    private InstructionPage(InstructionTable table) {
        this.table = table;
    }

    /** The page's whole text. */
    static String of(InstructionTable table) {
        InstructionPage page = new InstructionPage(table);
        page.write();
        return page.page.toString();
    }

    private void write() {
        page.append(INTRODUCTION.formatted(table.rows().size(), mnemonics(table.rows()).size()));
        Iterator<Row> rows = table.rows().iterator();
        for (String file : InstructionTable.FILES) {
            writeFile(file, rows);
        }
        if (rows.hasNext()) {
            throw new IllegalStateException("a row that no file has: " + rows.next());
        }
    }

    private void writeFile(String file, Iterator<Row> rows) {
        List<Section> sections = sections(file, rows);
        page.append("\n## ").append(TITLES.getOrDefault(file, file)).append("\n\n");
        List<Row> all = sections.stream().flatMap(section -> section.rows.stream()).toList();
        page.append(String.join(", ", mnemonics(all))).append(".\n");
        sections.forEach(this::writeSection);
    }

    private static TreeSet<String> mnemonics(List<Row> rows) {
        return rows.stream().map(Row::mnemonic).collect(Collectors.toCollection(TreeSet::new));
    }

    private void writeSection(Section section) {
        page.append("\n### ").append(section.heading).append("\n\n");
        page.append(
                "| opcode | instruction | writes | undefined | CPL | notes | silicon |\n|---|---|---|---|---|---|---|\n");
        for (Row row : section.rows) {
            page.append("| %s | %s | %s | %s | %s | %s | %s |\n".formatted(
                    opcode(row), instruction(row), row.written(), row.undefined(), row.privileged() ? "0" : "",
                    notes(row), silicon(row)));
        }
    }

    // ---------------------------------------------------------------- columns

    private static String opcode(Row row) {
        StringBuilder text = new StringBuilder(row.vex() ? "V" : "").append(PREFIXES.get(row.prefix()))
                .append(MAPS.get(row.map()));
        text.append("%02X".formatted(row.opcode())).append(row.plusR() ? "+r" : "");
        if (row.extension() >= 0) {
            text.append(" /").append(row.extension());
        }
        if (row.modRm() >= 0) {
            text.append(" %02X".formatted(row.modRm())).append(row.modRmCount() == 8 ? "+i" : "");
        }
        return switch (row.form()) {
            case EITHER -> text.toString();
            case MEMORY -> text.append(" mem").toString();
            case REGISTER -> text.append(" reg").toString();
        };
    }

    private static String instruction(Row row) {
        String operands = row.operands().stream().map(Operand::text).collect(Collectors.joining(", "));
        return operands.isEmpty() ? row.mnemonic() : row.mnemonic() + " " + operands;
    }

    private static String notes(Row row) {
        String feature = row.feature().map(Feature::name).orElse("");
        String notes = NOTE_ORDER.stream()
                .filter(attribute -> attribute == Attribute.ENDS ? row.endsBlock() : row.is(attribute))
                .map(NOTES::get)
                .collect(Collectors.joining(", "));
        return feature.isEmpty() || notes.isEmpty() ? feature + notes : feature + ", " + notes;
    }

    /** The sizes of code in which the row is compared with the host, or why it is not. */
    private static String silicon(Row row) {
        StringJoiner sizes = new StringJoiner(" ");
        TreeSet<String> reasons = new TreeSet<>();
        for (CodeSize size : List.of(CodeSize.BITS_64, CodeSize.BITS_32)) {
            if (Coverage.isThere(row, size)) {
                Coverage.exception(row, size).ifPresentOrElse(
                        reasons::add, () -> sizes.add(size == CodeSize.BITS_64 ? "64" : "32"));
            }
        }
        return reasons.isEmpty() ? sizes.toString() : String.join("; ", reasons);
    }

    // ---------------------------------------------------------------- headings

    private record Section(String heading, List<Row> rows) {}

    /** The rows of a file under the comment that stands right before them. */
    private static List<Section> sections(String file, Iterator<Row> rows) {
        List<Section> sections = new ArrayList<>();
        String heading = file;
        for (String line : text(file).lines().map(String::strip).toList()) {
            if (line.startsWith("#")) {
                heading = heading(line);
            } else if (!line.isEmpty()) {
                if (heading != null) {
                    sections.add(new Section(heading, new ArrayList<>()));
                    heading = null;
                }
                sections.getLast().rows.add(rows.next());
            }
        }
        return sections;
    }

    private static String heading(String comment) {
        String text = comment.substring(1).strip();
        if (text.startsWith(RULE)) {
            return text.substring(RULE.length());
        }
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    private static String text(String file) {
        try (InputStream in = InstructionTable.class.getResourceAsStream(file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final String INTRODUCTION = """
            # Supported instructions

            Generated from the instruction table (`monitor/src/main/resources/org/retrovisor/monitor/isa/*.tbl`); a test fails when the
            two differ and says how to write this page anew. The table feeds the decoder and binds the semantics, and a row without
            semantics stops the program from starting: what is listed here is what executes. An encoding that matches no row raises
            #UD, as on a processor; a run ends with the list of those that the guest tried.

            %d encodings, %d mnemonics. The processor model v2 has those without a feature in the notes, v3
            has all; see [the processor model](decisions/the-processor-model-is-our-own.md).

            How to read the columns:

            - **opcode** is the Intel manual's: `NP` none of the prefixes 66, F3 and F2, else the mandatory prefix; `V` before it: in a VEX
              prefix; `/n` ModRM.reg; `+r` a
              register in the low bits of the opcode; a byte behind the opcode is an exact ModRM byte, `+i` eight of them; `mem` and `reg`
              say that the other form of ModRM is not this instruction.
            - **instruction** has the operands in the notation of the Intel manual's appendix A, destination first: a letter for the place
              (`E` register or memory, `G` register, `M` memory, `I` immediate, `J` relative target, `O` offset, `A` far pointer, `X` and `Y`
              the string operands at rSI and rDI, `S` `C` `D` segment, control and debug register, `R` general register only, `V` `W` `U` SSE,
              `P` `Q` `N` MMX, `H` `B` vector and general register in VEX.vvvv, `L` vector register in an
              immediate, `Z` register in the opcode), then the size (`b` `w` `d` `q` 1, 2, 4, 8 bytes; `v` 2, 4 or 8 by operand size;
              `z` 2 or 4; `y` 4 or 8; `x` `ps` `pd` 16, or 32 with 256 bits; `dq` 16; `h` `f` `e` a half, a
              quarter, an eighth of `x`; `ss` 4; `sd` 8; `p` far pointer; `s` descriptor table; `t` 10).
            - **writes** are the flags that get a value, **undefined** the ones that the manuals leave open and that have
              [one fixed value](decisions/undefined-flags-have-one-value.md) here; letters of OF SF ZF AF PF CF.
            - **CPL** 0: refused with #GP elsewhere. Instructions that ask for the privilege by other means (IOPL, CR4.UMIP, CR4.TSD) check
              that themselves.
            - **notes**: `default 64` and `always 64` are the operand size in 64-bit mode; `LOCK` is allowed with a memory destination;
              `ends a block` and `crosses` tell engines that a block of code ends behind it and that it may ask the boundary for something.
            - **silicon**: in which code the row is compared with the host's processor, bit by bit (`monitor.oracle`), or why it is not.
              What rows that programs may not execute raise is compared as well: privileged ones, ports.
            """;
}
