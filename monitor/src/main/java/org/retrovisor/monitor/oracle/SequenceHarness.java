package org.retrovisor.monitor.oracle;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.translator.Translator;

/**
 * The three that execute the same sequences on the same pages: the host's processor, the interpreter and, where generated code runs, the
 * translator, which has none for 32-bit code.
 */
final class SequenceHarness {
    /** After so many differences a part gives up. */
    static final int SHOWN = 3;

    private static final long CODE_BYTES = 8 << 20;
    private static final int SLOTS_EACH = 2;
    /** More than there are parts of one seed. */
    private static final int PARTS = 1000;

    final HostPages pages;
    final CodeSize codeSize;
    final HostProcessor host;
    final HostSignals signals;
    final GuestProcessor interpreter;
    /** Null where there is no generated code. */
    final GuestProcessor translator;

    private final SequenceRows rows;

    SequenceHarness(HostPages pages, CodeSize codeSize, List<Row> compared) {
        this.pages = pages;
        this.codeSize = codeSize;
        host = new HostProcessor(pages, codeSize);
        signals = host.signals();
        interpreter = new GuestProcessor(pages, codeSize);
        translator = Translator.available() && codeSize == CodeSize.BITS_64
                ? new GuestProcessor(pages, codeSize, machine -> new Translator(machine, CODE_BYTES, 1))
                : null;
        rows = new SequenceRows(compared, codeSize);
    }

    /** From now on each case is noted before the host runs it. */
    void keep(CaseJournal journal) {
        host.keep(journal);
    }

    /** What chooses the cases of a part. */
    static Random random(long seed, int part) {
        return new Random(seed * PARTS + part);
    }

    SequenceMaker maker(Random random) {
        return new SequenceMaker(pages, codeSize, random, rows, interpreter, host.hasUpperHalves());
    }

    /** The slot of the host's code for the sequence of this number. */
    static int slot(int number) {
        return number * SLOTS_EACH % HostPages.SLOTS;
    }

    /** The sequence with what is to be said about it. */
    String report(Sequence sequence, String difference) {
        return "sequence at %x, %s: %s%n%s%n%s".formatted(sequence.address(), codeSize,
                HexFormat.ofDelimiter(" ").formatHex(sequence.bytes()), sequence, difference);
    }

    /** Says of differences that they are between the engines; empty when there are none. */
    static String betweenEngines(String differences) {
        return differences.isEmpty()
                ? ""
                : "interpreter (as host) against generated code (as interpreter):%n".formatted() + differences;
    }

    /** How many moments passed in generated code so far. */
    long generatedMoments() {
        return translator == null ? 0 : ((Translator) translator.engine()).generatedMoments();
    }
}
