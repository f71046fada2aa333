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
 * The comparison with the host's processor: of the interpreter row by row of the instruction table, in 64-bit and in 32-bit
 * code, and of both engines in short sequences and in faults, in code of both sizes. Not for several threads.
 */
public final class Silicon {
    /** How many subjects a round has that are sequences, and how many sequences each of them. */
    private static final int SEQUENCE_SUBJECTS = 100;
    private static final int SEQUENCES_TOGETHER = 100;
    private static final int FAULT_SUBJECTS = 20;
    private static final int FAULTS_TOGETHER = 1000;
    /** For 32-bit code, which only the interpreter executes, there is one subject where there are so many for 64-bit code. */
    private static final int NARROW_SHARE = 4;

    private final Set<Feature> offered;
    private final Comparisons wide;
    private final Comparisons narrow;

    /** All comparisons of code of one size. */
    private record Comparisons(NativeComparison rows, SequenceComparison sequences, FaultComparison faults) {
        static Comparisons of(CodeSize codeSize, List<Row> rows) {
            return new Comparisons(new NativeComparison(new HostPages(), codeSize),
                    new SequenceComparison(new SequenceHarness(new HostPages(), codeSize, rows)),
                    new FaultComparison(new SequenceHarness(new HostPages(), codeSize, rows)));
        }

        void keep(CaseJournal journal) {
            rows.keep(journal);
            sequences.harness().keep(journal);
            faults.harness().keep(journal);
        }

        long generatedMoments() {
            return sequences.harness().generatedMoments() + faults.harness().generatedMoments();
        }
    }

    /** What is compared in one go. */
    public sealed interface Subject permits OfRow, OfSequences, OfFaults {
        /** The part of the comparison that it belongs to. */
        Part part();

        /** How many rows or sequences it is. */
        int size();
    }

    /** The parts of the comparison. */
    public enum Part {
        /** Rows in 64-bit code. */
        ROWS_64,
        /** Rows in 32-bit code. */
        ROWS_32,
        /** Short sequences in 64-bit code. */
        SEQUENCES_64,
        /** Short sequences in 32-bit code. */
        SEQUENCES_32,
        /** Instructions that raise a fault, in 64-bit code. */
        FAULTS_64,
        /** Instructions that raise a fault, in 32-bit code. */
        FAULTS_32
    }

    /** One row in one size of code. */
    public record OfRow(Row row, CodeSize codeSize) implements Subject {
        @Override
        public Part part() {
            return codeSize == CodeSize.BITS_64 ? Part.ROWS_64 : Part.ROWS_32;
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public String toString() {
            String extension = row.extension() < 0 ? "" : " /" + row.extension();
            return "%s (%s, map %d opcode %02x%s)".formatted(
                    row.name(), name(codeSize), row.map(), row.opcode(), extension);
        }
    }

    /** So many sequences; the number keeps them apart from those of other subjects. */
    public record OfSequences(int number, int size, CodeSize codeSize) implements Subject {
        @Override
        public Part part() {
            return codeSize == CodeSize.BITS_64 ? Part.SEQUENCES_64 : Part.SEQUENCES_32;
        }

        @Override
        public String toString() {
            return "sequences (%s), part %d".formatted(name(codeSize), number);
        }
    }

    /** So many faults; the number keeps them apart from those of other subjects. */
    public record OfFaults(int number, int size, CodeSize codeSize) implements Subject {
        @Override
        public Part part() {
            return codeSize == CodeSize.BITS_64 ? Part.FAULTS_64 : Part.FAULTS_32;
        }

        @Override
        public String toString() {
            return "faults (%s), part %d".formatted(name(codeSize), number);
        }
    }

    /**
     * What came of a row, of sequences or of faults.
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
        wide = Comparisons.of(CodeSize.BITS_64, rows(CodeSize.BITS_64));
        narrow = HostProcessor.runs32BitCode(low) ? Comparisons.of(CodeSize.BITS_32, rows(CodeSize.BITS_32)) : null;
    }

    private static String name(CodeSize codeSize) {
        return codeSize == CodeSize.BITS_64 ? "64-bit" : "32-bit";
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

    /** All rows that this host can be asked about, in the order of the table; what it does not offer is left out. */
    public List<OfRow> rows() {
        List<OfRow> subjects = new ArrayList<>();
        for (Row row : InstructionTable.complete().rows()) {
            for (CodeSize codeSize : codeSizes()) {
                if (canBeAsked(row, codeSize)) {
                    subjects.add(new OfRow(row, codeSize));
                }
            }
        }
        return subjects;
    }

    /** The rows, and behind them the sequences and the faults of one round. */
    public List<Subject> subjects() {
        List<Subject> subjects = new ArrayList<>(rows());
        for (CodeSize codeSize : codeSizes()) {
            int share = codeSize == CodeSize.BITS_64 ? 1 : NARROW_SHARE;
            for (int number = 0; number < SEQUENCE_SUBJECTS / share; number++) {
                subjects.add(new OfSequences(number, SEQUENCES_TOGETHER, codeSize));
            }
            for (int number = 0; number < FAULT_SUBJECTS / share; number++) {
                subjects.add(new OfFaults(number, FAULTS_TOGETHER, codeSize));
            }
        }
        return subjects;
    }

    private List<CodeSize> codeSizes() {
        return runs32BitCode() ? List.of(CodeSize.BITS_64, CodeSize.BITS_32) : List.of(CodeSize.BITS_64);
    }

    private List<Row> rows(CodeSize codeSize) {
        return InstructionTable.complete().rows().stream().filter(row -> canBeAsked(row, codeSize)).toList();
    }

    private boolean canBeAsked(Row row, CodeSize codeSize) {
        return row.feature().map(offered::contains).orElse(true)
                && Coverage.isThere(row, codeSize)
                && Coverage.exception(row, codeSize).isEmpty();
    }

    /**
     * Compares cases of one row, sequences or faults.
     *
     * @param seed chooses the cases; the same seed gives the same ones
     * @param states how many states each encoding or sequence is tried in
     */
    public Outcome compare(Subject subject, long seed, int states) {
        return switch (subject) {
            case OfRow(Row row, CodeSize codeSize) ->
                of(codeSize).rows.compare(row, seed, states);
            case OfSequences(int number, int size, CodeSize codeSize) ->
                of(codeSize).sequences.compare(seed, number, size, states);
            case OfFaults(int number, int size, CodeSize codeSize) ->
                of(codeSize).faults.compare(seed, number, size);
        };
    }

    private Comparisons of(CodeSize codeSize) {
        return codeSize == CodeSize.BITS_64 ? wide : narrow;
    }

    /** How many moments of sequences and faults passed in generated code so far. */
    long generatedMoments() {
        return wide.generatedMoments();
    }
}
