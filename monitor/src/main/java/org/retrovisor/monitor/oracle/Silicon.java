package org.retrovisor.monitor.oracle;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Feature;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Row;

/**
 * The comparison of the interpreter with the host's processor, row by row of the instruction table, in 64-bit and in
 * 32-bit code. Not for several threads.
 */
public final class Silicon {
    private final Set<Feature> offered;
    private final NativeComparison wide;
    private final NativeComparison narrow;

    /** One row in one size of code. */
    public record Subject(Row row, CodeSize codeSize) {
        @Override
        public String toString() {
            String extension = row.extension() < 0 ? "" : " /" + row.extension();
            return "%s (%s, map %d opcode %02x%s)".formatted(
                    row.name(), codeSize == CodeSize.BITS_64 ? "64-bit" : "32-bit", row.map(), row.opcode(), extension);
        }
    }

    /**
     * What came of a row.
     *
     * @param compared cases that ran on both
     * @param faulted cases that raised a fault on the interpreter and did not run on the host
     * @param differences a report for each case that differs, the first few
     */
    public record Outcome(long compared, long faulted, List<String> differences) {}

    /** A comparison; {@link #obstacle} must be empty. */
    public Silicon() {
        HostPages low = new HostPages();
        HostFeatures features = HostFeatures.of(low);
        EnumSet<Feature> found = EnumSet.noneOf(Feature.class);
        for (Feature feature : Feature.values()) {
            if (features.has(feature)) {
                found.add(feature);
            }
        }
        offered = found;
        wide = new NativeComparison(new HostPages(), CodeSize.BITS_64);
        boolean runs32 = HostProcessor.runs32BitCode(low);
        narrow = runs32 ? new NativeComparison(low, CodeSize.BITS_32) : null;
    }

    /** From now on each case is noted before the host runs it, should one bring down the JVM. */
    public void keep(CaseJournal journal) {
        wide.keep(journal);
        if (narrow != null) {
            narrow.keep(journal);
        }
    }

    /** Why nothing can be compared on this host, in a sentence; empty when it can. */
    public static Optional<String> obstacle() {
        boolean ours = System.getProperty("os.arch").equals("amd64") && System.getProperty("os.name").equals("Linux");
        return ours ? Optional.empty() : Optional.of("the host is no x86-64 Linux: nothing to compare with");
    }

    /** Whether the host lets programs run 32-bit code. */
    public boolean runs32BitCode() {
        return narrow != null;
    }

    /** All that this host can be asked about, in the order of the table; what it does not offer is left out. */
    public List<Subject> subjects() {
        List<Subject> subjects = new ArrayList<>();
        for (Row row : InstructionTable.complete().rows()) {
            for (CodeSize codeSize : List.of(CodeSize.BITS_64, CodeSize.BITS_32)) {
                boolean runs = (codeSize == CodeSize.BITS_64 || runs32BitCode())
                        && row.feature().map(offered::contains).orElse(true);
                if (runs && Coverage.isThere(row, codeSize) && Coverage.exception(row, codeSize).isEmpty()) {
                    subjects.add(new Subject(row, codeSize));
                }
            }
        }
        return subjects;
    }

    /**
     * Compares cases of one row.
     *
     * @param seed chooses the cases; the same seed gives the same ones
     * @param states how many states each encoding is tried in
     */
    public Outcome compare(Subject subject, long seed, int states) {
        NativeComparison comparison = subject.codeSize() == CodeSize.BITS_64 ? wide : narrow;
        return comparison.compare(subject.row(), seed, states);
    }
}
