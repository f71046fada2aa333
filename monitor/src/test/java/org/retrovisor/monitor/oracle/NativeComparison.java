package org.retrovisor.monitor.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Row;

/**
 * Runs cases of one row after another on the host and on the interpreter.
 *
 * <p>System property {@code oracle.seed} repeats a run; {@code oracle.states} makes it longer (states per encoding);
 * {@code oracle.trace} names each case before the host runs it, should one bring down the JVM.
 */
final class NativeComparison {
    private static final int STATES = Integer.getInteger("oracle.states", 8);
    private static final boolean TRACE = Boolean.getBoolean("oracle.trace");
    private static final int SHOWN = 3;

    private final CodeSize codeSize;
    private final HostPages pages;
    private final HostProcessor host;
    private final GuestProcessor guest;
    private final Preparations preparations;
    private final CpuState before = new CpuState();
    private final CpuState expected = new CpuState();
    private final CpuState actual = new CpuState();

    NativeComparison(HostPages pages, CodeSize codeSize, Preparations preparations) {
        this.pages = pages;
        this.codeSize = codeSize;
        this.preparations = preparations;
        host = new HostProcessor(pages, codeSize);
        guest = new GuestProcessor(pages, codeSize);
    }

    /** What came of a row: cases compared, cases that faulted on the interpreter, and reports of differences. */
    record Outcome(int compared, int faulted, List<String> differences) {}

    /** Compares all cases of a row, chosen by the seed. */
    Outcome compare(Row row, long seed) {
        Random random = new Random(seed ^ row.name().hashCode() ^ (long) row.opcode() << 40);
        List<Encoding> encodings = new Encodings(pages, codeSize, random, preparations).of(row);
        List<byte[]> slots = new ArrayList<>();
        for (Encoding encoding : encodings) {
            slots.add(host.slot(slots.size(), encoding.bytes()));
        }
        host.define(slots);
        guest.define(slots);
        StateMaker maker = new StateMaker(pages, codeSize, random, preparations);
        int compared = 0;
        int faulted = 0;
        List<String> differences = new ArrayList<>();
        for (Encoding encoding : encodings) {
            for (int n = 0; n < STATES && differences.size() < SHOWN; n++) {
                maker.make(encoding, before);
                String difference = compare(encoding);
                if (difference == null) {
                    faulted++;
                } else {
                    compared++;
                    if (!difference.isEmpty()) {
                        differences.add("%s at %x, seed %d%n%s".formatted(
                                encoding, encoding.address(), seed, difference));
                    }
                }
            }
        }
        return new Outcome(compared, faulted, differences);
    }

    /** The differences of one case, empty when there are none, null when the interpreter faults. */
    private String compare(Encoding encoding) {
        int moments = guest.run(before, actual);
        if (moments == 0) {
            return null;
        }
        if (TRACE) {
            System.err.println(encoding + StateReport.of(before));
        }
        host.run(before, expected);
        if (UndefinedFlags.evenTheResult(encoding, before)) {
            return "";
        }
        int undefined = UndefinedFlags.of(encoding, before);
        String difference = StateReport.differences(before, expected, actual, undefined);
        if (difference.isEmpty() && moments > 1) {
            boolean well = guest.runTogether(before, actual, moments);
            difference = well
                    ? StateReport.differences(before, expected, actual, undefined)
                    : "no fault iteration by iteration, but a fault in one go";
        }
        return difference;
    }
}
