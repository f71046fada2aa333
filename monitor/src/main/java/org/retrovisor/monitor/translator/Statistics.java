package org.retrovisor.monitor.translator;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.translator.StateBlock.Leaving;

/** Counts of what the translator did, for people who want to know why it is not faster. */
final class Statistics {
    private static final int NAMED_ROWS = 25;

    /** Why the interpreter was asked. */
    enum Cause {
        /** The block was not executed often enough to be translated. */
        COLD("cold code"),
        /** Debug registers, single-step, an interrupt shadow, code that is not 64-bit. */
        STATE("a state without translation"),
        /** The next instruction has no rule. */
        NO_RULE("instructions without a rule"),
        /** The next instruction has a rule: its operand was not in the TLB, or is a special case. */
        SPECIAL("TLB misses and special cases");

        private final String text;

        Cause(String text) {
            this.text = text;
        }
    }

    private final long[] exits = new long[Leaving.ALL.length];
    private final long[] asked = new long[Cause.values().length];
    private final long[] interpretedMoments = new long[Cause.values().length];
    private final Map<Row, long[]> rows = new IdentityHashMap<>();
    private long generatedMoments;
    private long translations;
    private long codeBytes;
    private long reused;
    private long resumed;
    private long copies;
    private long faulted;
    private long timestamps;
    private long kills;
    private long clearings;

    void left(Leaving leaving, long moments) {
        exits[leaving.ordinal()]++;
        generatedMoments += moments;
    }

    void interpreted(Cause cause, long moments) {
        asked[cause.ordinal()]++;
        interpretedMoments[cause.ordinal()] += moments;
    }

    void without(Row row) {
        rows.computeIfAbsent(row, unused -> new long[1])[0]++;
    }

    void translated(int bytes) {
        translations++;
        codeBytes += bytes;
    }

    void reused() {
        reused++;
    }

    /** A page fault was delivered without interpreting the instruction. */
    void faulted() {
        faulted++;
    }

    void resumed(Leaving leaving, boolean copied) {
        if (leaving == Leaving.TIMESTAMP) {
            timestamps++;
        } else if (copied) {
            copies++;
        } else {
            resumed++;
        }
    }

    void killed() {
        kills++;
    }

    void cleared() {
        clearings++;
    }

    long generatedMoments() {
        return generatedMoments;
    }

    /** What was counted more often comes first. */
    private static int compare(Map.Entry<Row, long[]> first, Map.Entry<Row, long[]> second) {
        int byCount = Long.compare(second.getValue()[0], first.getValue()[0]);
        return byCount == 0 ? first.getKey().name().compareTo(second.getKey().name()) : byCount;
    }

    /** Names and values, in the order in which they are best read. */
    Map<String, Long> figures() {
        Map<String, Long> figures = new LinkedHashMap<>();
        figures.put("moments in generated code", generatedMoments);
        for (Cause cause : Cause.values()) {
            figures.put("moments interpreted: " + cause.text, interpretedMoments[cause.ordinal()]);
        }
        for (Cause cause : Cause.values()) {
            figures.put("times interpreted: " + cause.text, asked[cause.ordinal()]);
        }
        for (Leaving leaving : Leaving.ALL) {
            figures.put("exits: " + leaving.text(), exits[leaving.ordinal()]);
        }
        figures.put("accesses entered into the TLB and resumed", resumed);
        figures.put("accesses across the end of a page made and resumed", copies);
        figures.put("page faults delivered at once", faulted);
        figures.put("timestamps read and resumed", timestamps);
        figures.put("blocks translated", translations);
        figures.put("bytes of code made", codeBytes);
        figures.put("translations of earlier runs", reused);
        figures.put("translations killed", kills);
        figures.put("code cache emptied", clearings);
        rows.entrySet()
                .stream()
                .sorted(Statistics::compare)
                .limit(NAMED_ROWS)
                .forEach(row -> figures.merge("interpreted first: " + row.getKey().name(), row.getValue()[0],
                        Long::sum));
        return figures;
    }
}
