package org.retrovisor.monitor.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.translator.Translator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Every row that the translator has a rule for, on three processors: the host, the interpreter and generated code. The
 * two engines must agree in everything, flags that the manuals leave undefined included.
 */
class TranslatorNativeTest {
    private static final long SEED = Long.getLong("oracle.seed", 20251122);
    private static final int STATES = Integer.getInteger("oracle.states", 8);
    private static final long CODE_BYTES = 8 << 20;
    private static final int SHOWN = 3;
    /** Not for user programs on this host: RandomBlocksTest, SystemCallsTest and SegmentBasesTest have them. */
    private static final Set<String> OF_SYSTEMS = Set.of("CLI", "STI", "STAC", "CLAC", "SWAPGS", "SYSCALL", "SYSRET",
            "IRET", "RDFSBASE", "RDGSBASE", "WRFSBASE", "WRGSBASE");

    private final Preparations preparations = Preparations.standard();
    private final CpuState before = new CpuState();
    private final CpuState onHost = new CpuState();
    private final CpuState interpreted = new CpuState();
    private final CpuState generated = new CpuState();
    private HostPages pages;
    private VendorDifferences vendor;
    private HostProcessor host;
    private GuestProcessor interpreter;
    private GuestProcessor translator;

    @TestFactory
    List<DynamicTest> rowsWithARule() {
        if (!Translator.available()) {
            String reason = "generated code does not run on this host";
            return List.of(DynamicTest.dynamicTest(reason, () -> Assumptions.abort(reason)));
        }
        pages = new HostPages();
        vendor = new VendorDifferences(pages);
        host = new HostProcessor(pages, CodeSize.BITS_64);
        interpreter = new GuestProcessor(pages, CodeSize.BITS_64);
        translator = new GuestProcessor(
                pages, CodeSize.BITS_64, machine -> new Translator(machine, CODE_BYTES, 1));
        Set<String> missing = new TreeSet<>(Translator.translatedRows());
        List<DynamicTest> tests = new ArrayList<>();
        for (Row row : InstructionTable.standard().rows()) {
            if (row.privileged() || row.crossesBoundary() || OF_SYSTEMS.contains(row.mnemonic())) {
                missing.remove(row.name());
            } else if (Translator.translatedRows().contains(row.name()) && !row.is(Attribute.I64)) {
                missing.remove(row.name());
                tests.add(DynamicTest.dynamicTest(
                        "%s (opcode %x of map %d) does in generated code what it does elsewhere"
                                .formatted(row.name(), row.opcode(), row.map()),
                        () -> check(row)));
            }
        }
        tests.add(DynamicTest.dynamicTest("no rule is without a row", () -> assertEquals(Set.of(), missing)));
        return tests;
    }

    private void check(Row row) {
        Random random = new Random(SEED ^ row.name().hashCode() ^ (long) row.opcode() << 40);
        List<Encoding> encodings = new Encodings(pages, CodeSize.BITS_64, random, preparations).of(row);
        List<byte[]> slots = new ArrayList<>();
        for (Encoding encoding : encodings) {
            slots.add(host.slot(slots.size(), encoding.bytes()));
        }
        host.define(slots);
        interpreter.define(slots);
        translator.defineAlone(encodings);
        StateMaker maker = new StateMaker(pages, CodeSize.BITS_64, random, preparations, host.hasUpperHalves());
        long generatedBefore = generatedMoments();
        List<String> differences = new ArrayList<>();
        for (Encoding encoding : encodings) {
            for (int n = 0; n < STATES && differences.size() < SHOWN; n++) {
                maker.make(encoding, before);
                String difference = compare(encoding);
                if (!difference.isEmpty()) {
                    differences.add("%s at %x, seed %d%n%s".formatted(encoding, encoding.address(), SEED, difference));
                }
            }
        }
        assertTrue(differences.isEmpty(), () -> String.join("\n", differences));
        assertTrue(generatedMoments() > generatedBefore, "generated code executed none of the cases");
    }

    private String compare(Encoding encoding) {
        int moments = interpreter.run(before, interpreted);
        boolean together = encoding.instruction().repeated() && moments > 1;
        boolean runs = moments == 1 || together;
        boolean runsGenerated = together
                ? translator.runTogether(before, generated, moments)
                : translator.run(before, generated) == 1;
        if (runs != runsGenerated) {
            return "a fault on one engine only" + StateReport.of(before);
        }
        if (!runs) {
            return "";
        }
        String engines = StateReport.differences(before, interpreted, generated, 0, X87Tolerance.EXACT);
        if (!engines.isEmpty()) {
            return "interpreter (as host) against generated code (as interpreter):%n".formatted() + engines;
        }
        host.run(before, onHost);
        vendor.settle(encoding, CodeSize.BITS_64, before, onHost, generated);
        return UndefinedFlags.evenTheResult(encoding, before)
                ? ""
                : StateReport.differences(before, onHost, generated, UndefinedFlags.of(encoding, before),
                        tolerance(encoding));
    }

    private static X87Tolerance tolerance(Encoding encoding) {
        return X87Tolerance.of(encoding.instruction().row);
    }

    private long generatedMoments() {
        return ((Translator) translator.engine()).generatedMoments();
    }
}
