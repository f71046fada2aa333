package org.retrovisor.monitor.oracle;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.translator.Translator;

/**
 * Runs short sequences on the host, on the interpreter and, where generated code runs, on the translator, which has none for 32-bit code. The two engines must
 * agree in everything; the host may differ where the manuals leave something open at the end.
 */
final class SequenceComparison {
    private static final long CODE_BYTES = 8 << 20;
    private static final int SHOWN = 3;
    private static final int SLOTS_EACH = 2;
    /** More than there are parts of one seed. */
    private static final int PARTS = 1000;

    private final CodeSize codeSize;
    private final HostPages pages;
    private final HostProcessor host;
    private final GuestProcessor interpreter;
    private final GuestProcessor translator;
    private final SequenceRows rows;
    private final CpuState before = new CpuState();
    private final CpuState onHost = new CpuState();
    private final CpuState generated = new CpuState();
    private final Trail trail = new Trail();
    private CaseJournal journal;

    SequenceComparison(HostPages pages, CodeSize codeSize, List<Row> compared) {
        this.pages = pages;
        this.codeSize = codeSize;
        host = new HostProcessor(pages, codeSize);
        interpreter = new GuestProcessor(pages, codeSize);
        translator = Translator.available() && codeSize == CodeSize.BITS_64
                ? new GuestProcessor(pages, codeSize, machine -> new Translator(machine, CODE_BYTES, 1))
                : null;
        rows = new SequenceRows(compared, new VendorDifferences(pages));
    }

    /** From now on each case is noted before the host runs it. */
    void keep(CaseJournal newJournal) {
        journal = newJournal;
    }

    /** Compares so many sequences, chosen by the seed and a part's number, each in so many states. */
    Silicon.Outcome compare(long seed, int part, int sequences, int states) {
        Random random = new Random(seed * PARTS + part);
        SequenceMaker maker = new SequenceMaker(pages, codeSize, random, rows, interpreter, host.hasUpperHalves());
        List<String> differences = new ArrayList<>();
        int compared = 0;
        int faulted = 0;
        for (int number = 0; number < sequences && differences.size() < SHOWN; number++) {
            int slot = number * SLOTS_EACH % HostPages.SLOTS;
            Sequence sequence = maker.make(pages.instruction(slot), trail);
            define(sequence, slot);
            maker.first(before);
            boolean runs = true;
            for (int state = 0; state < states && differences.size() < SHOWN; state++) {
                if (runs) {
                    compared++;
                    String difference = compare(sequence, number);
                    if (!difference.isEmpty()) {
                        differences.add("seed %d, part %d, %d states: %s".formatted(seed, part, states,
                                report(sequence, difference)));
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
        host.define(slot, host.slots(sequence));
        if (translator != null) {
            translator.define(sequence);
        }
    }

    private String report(Sequence sequence, String difference) {
        return "sequence at %x, %s: %s%n%s%n%s".formatted(sequence.address(), codeSize,
                HexFormat.ofDelimiter(" ").formatHex(sequence.bytes()), sequence, difference);
    }

    /** The differences of one case, empty when there are none; {@code trail} has what the interpreter does. */
    private String compare(Sequence sequence, int number) {
        String engines = translator == null ? "" : compareEngines();
        if (!engines.isEmpty()) {
            return engines;
        }
        if (journal == null) {
            host.run(before, onHost);
        } else {
            journal.begin(sequence.bytes(), number);
            host.run(before, onHost);
            journal.end();
        }
        LeftOpen open = LeftOpen.of(trail);
        return StateReport.differences(before, onHost, trail.last(), open.flags(), open.tolerance());
    }

    private String compareEngines() {
        if (!translator.runTogether(before, generated, trail.moments())) {
            return "a fault in generated code only" + StateReport.of(before);
        }
        String engines = StateReport.differences(before, trail.last(), generated, 0, X87Tolerance.EXACT);
        return engines.isEmpty()
                ? ""
                : "interpreter (as host) against generated code (as interpreter):%n".formatted() + engines;
    }

    /** How many moments passed in generated code so far. */
    long generatedMoments() {
        return translator == null ? 0 : ((Translator) translator.engine()).generatedMoments();
    }
}
