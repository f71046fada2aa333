package org.retrovisor.monitor.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Row;

/**
 * Runs cases of one row after another on the host and on the interpreter.
 *
 * <p>System property {@code oracle.trace} shows each case with its state before the host runs it.
 */
final class NativeComparison {
    private static final boolean TRACE = Boolean.getBoolean("oracle.trace");
    private static final int SHOWN = 3;

    private final CodeSize codeSize;
    private final HostPages pages;
    private final HostProcessor host;
    private final HostSignals signals;
    private final GuestProcessor guest;
    private final VendorDifferences vendor;
    private final Preparations preparations = Preparations.standard();
    private final CpuState before = new CpuState();
    private final CpuState expected = new CpuState();
    private final CpuState actual = new CpuState();
    private int number;

    NativeComparison(HostPages pages, CodeSize codeSize) {
        this.pages = pages;
        this.codeSize = codeSize;
        host = new HostProcessor(pages, codeSize);
        signals = host.signals();
        guest = new GuestProcessor(pages, codeSize);
        vendor = new VendorDifferences(pages);
    }

    /** From now on each case is noted before the host runs it. */
    void keep(CaseJournal journal) {
        host.keep(journal);
    }

    /** Compares cases of a row, chosen by the seed: so many states for each of its encodings. */
    Silicon.Outcome compare(Row row, long seed, int states) {
        try (HostSignals _ = signals.install()) {
            return compareAll(row, seed, states);
        }
    }

    private Silicon.Outcome compareAll(Row row, long seed, int states) {
        Random random = new Random(seed ^ row.name().hashCode() ^ (long) row.opcode() << 40);
        List<Encoding> encodings = new Encodings(pages, codeSize, random, preparations).of(row);
        List<byte[]> slots = new ArrayList<>();
        for (Encoding encoding : encodings) {
            slots.add(host.slot(slots.size(), encoding.bytes()));
        }
        host.define(slots);
        guest.define(slots);
        StateMaker maker = new StateMaker(pages, codeSize, random, preparations, host.hasUpperHalves());
        number = 0;
        int compared = 0;
        int faulted = 0;
        List<String> differences = new ArrayList<>();
        for (Encoding encoding : encodings) {
            for (int n = 0; n < states && differences.size() < SHOWN; n++) {
                maker.make(encoding, before);
                String difference = compare(encoding);
                if (difference == null) {
                    faulted++;
                } else {
                    compared++;
                    if (!difference.isEmpty()) {
                        differences.add("%s at %x, %s, seed %d, %d states%n%s".formatted(
                                encoding, encoding.address(), codeSize, seed, states, difference));
                    }
                }
            }
        }
        return new Silicon.Outcome(compared, faulted, differences);
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
        number++;
        Fault fault = host.runNoted(encoding.bytes(), number, before, expected);
        if (fault != null) {
            return StateReport.ofHostOnly(fault, before);
        }
        if (UndefinedFlags.evenTheResult(encoding, before)) {
            return "";
        }
        String difference = differences(encoding);
        if (difference.isEmpty() && moments > 1) {
            boolean well = guest.runTogether(before, actual, moments);
            difference = well ? differences(encoding) : "no fault iteration by iteration, but a fault in one go";
        }
        return difference;
    }

    private String differences(Encoding encoding) {
        vendor.settle(encoding, codeSize, before, expected, actual);
        int undefined = UndefinedFlags.of(encoding, before);
        return StateReport.differences(
                before, expected, actual, undefined, X87Tolerance.of(encoding.instruction().row));
    }
}
