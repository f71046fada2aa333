package org.retrovisor.monitor.oracle;

import java.util.ArrayList;
import java.util.List;

/**
 * Runs short sequences on the host and on the engines. The two engines must agree in everything; the host may differ where the manuals leave
 * something open at the end.
 */
final class SequenceComparison {
    private final SequenceHarness harness;
    private final CpuState before = new CpuState();
    private final CpuState onHost = new CpuState();
    private final CpuState generated = new CpuState();
    private final Trail trail = new Trail();

    SequenceComparison(SequenceHarness harness) {
        this.harness = harness;
    }

    /** What executes them. */
    SequenceHarness harness() {
        return harness;
    }

    /** Compares so many sequences, chosen by the seed and a part's number, each in so many states. */
    Silicon.Outcome compare(long seed, int part, int sequences, int states) {
        try (HostSignals _ = harness.signals.install()) {
            return compareAll(seed, part, sequences, states);
        }
    }

    private Silicon.Outcome compareAll(long seed, int part, int sequences, int states) {
        SequenceMaker maker = harness.maker(SequenceHarness.random(seed, part));
        List<String> differences = new ArrayList<>();
        int compared = 0;
        int faulted = 0;
        for (int number = 0; number < sequences && differences.size() < SequenceHarness.SHOWN; number++) {
            int slot = SequenceHarness.slot(number);
            Sequence sequence = maker.make(harness.pages.instruction(slot), trail);
            define(sequence, slot);
            maker.first(before);
            boolean runs = true;
            for (int state = 0; state < states && differences.size() < SequenceHarness.SHOWN; state++) {
                if (runs) {
                    compared++;
                    String difference = compare(sequence, number);
                    if (!difference.isEmpty()) {
                        differences.add("seed %d, part %d, %d states: %s".formatted(seed, part, states,
                                harness.report(sequence, difference)));
                    }
                } else {
                    faulted++;
                }
                runs = maker.another(sequence, before, trail);
            }
        }
        return new Silicon.Outcome(compared, faulted, differences);
    }

    private void define(Sequence sequence, int slot) {
        harness.host.define(slot, harness.host.slots(sequence));
        if (harness.translator != null) {
            harness.translator.define(sequence);
        }
    }

    /** The differences of one case, empty when there are none; {@code trail} has what the interpreter does. */
    private String compare(Sequence sequence, int number) {
        String engines = harness.translator == null ? "" : compareEngines();
        if (!engines.isEmpty()) {
            return engines;
        }
        Fault fault = harness.host.runNoted(sequence.bytes(), number, before, onHost);
        if (fault != null) {
            return StateReport.ofHostOnly(fault, before);
        }
        LeftOpen open = LeftOpen.of(trail);
        return StateReport.differences(before, onHost, trail.last(), open.flags(), open.tolerance());
    }

    private String compareEngines() {
        if (!harness.translator.runTogether(before, generated, trail.moments())) {
            return "a fault in generated code only" + StateReport.of(before);
        }
        return SequenceHarness.betweenEngines(
                StateReport.differences(before, trail.last(), generated, 0, X87Tolerance.EXACT));
    }
}
