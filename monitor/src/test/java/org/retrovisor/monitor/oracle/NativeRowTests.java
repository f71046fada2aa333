package org.retrovisor.monitor.oracle;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Row;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** One test per row of a file of the instruction table. */
final class NativeRowTests {
    private static final long SEED = Long.getLong("oracle.seed", 20251122);

    private NativeRowTests() {}

    /** The tests of a file in 64-bit code. */
    static List<DynamicTest> of(String file, Preparations preparations, Map<String, String> without) {
        return of(file, CodeSize.BITS_64, preparations, without);
    }

    /**
     * The tests of a file.
     *
     * @param codeSize 64 or 32 bits: rows that do not exist in that mode are left out
     * @param without names of rows, or mnemonics, that cannot be compared, with the reason
     */
    static List<DynamicTest> of(
            String file, CodeSize codeSize, Preparations preparations, Map<String, String> without) {
        if (!hostIsOurs()) {
            return aborted("the host is no x86-64 Linux");
        }
        HostPages pages = new HostPages();
        if (codeSize == CodeSize.BITS_32 && !HostProcessor.runs32BitCode(pages)) {
            return aborted("the host does not run 32-bit code");
        }
        Set<String> names = namesIn(file);
        NativeComparison comparison = new NativeComparison(pages, codeSize, preparations);
        List<DynamicTest> tests = new ArrayList<>();
        Set<String> unused = new HashSet<>(without.keySet());
        for (Row row : InstructionTable.standard().rows()) {
            if (names.contains(row.name()) && forUsers(row, codeSize)) {
                if (without.containsKey(row.name()) || without.containsKey(row.mnemonic())) {
                    unused.remove(row.name());
                    unused.remove(row.mnemonic());
                } else {
                    tests.add(DynamicTest.dynamicTest(title(row), () -> check(comparison, row)));
                }
            }
        }
        tests.add(DynamicTest.dynamicTest("no exception is listed in vain",
                () -> assertTrue(unused.isEmpty(), unused::toString)));
        return tests;
    }

    private static boolean hostIsOurs() {
        return System.getProperty("os.arch").equals("amd64") && System.getProperty("os.name").equals("Linux");
    }

    private static void check(NativeComparison comparison, Row row) {
        NativeComparison.Outcome outcome = comparison.compare(row, SEED);
        assertTrue(outcome.differences().isEmpty(), () -> String.join("\n", outcome.differences()));
        assertTrue(outcome.compared() > 0, () -> "no case ran; %d faulted".formatted(outcome.faulted()));
    }

    private static List<DynamicTest> aborted(String reason) {
        return List.of(DynamicTest.dynamicTest(reason + ": nothing to compare with", () -> Assumptions.abort(reason)));
    }

    private static boolean forUsers(Row row, CodeSize codeSize) {
        boolean there = codeSize == CodeSize.BITS_64 ? !row.is("i64") : !row.is("o64") && !row.is("w1");
        return there && !row.privileged() && !row.crossesBoundary();
    }

    private static String title(Row row) {
        return "%s (opcode %x of map %d%s) does what the host does".formatted(
                row.name(), row.opcode(), row.map(), row.extension() < 0 ? "" : " /" + row.extension());
    }

    private static Set<String> namesIn(String file) {
        Set<String> names = new HashSet<>();
        try (InputStream in = InstructionTable.class.getResourceAsStream(file)) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                String[] columns = line.split("#", 2)[0].strip().split("\\s{2,}");
                if (columns.length >= 2) {
                    names.add(columns[1]);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return names;
    }
}
