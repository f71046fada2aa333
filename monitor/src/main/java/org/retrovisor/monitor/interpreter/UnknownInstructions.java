package org.retrovisor.monitor.interpreter;

import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.retrovisor.monitor.processor.Processor;

/** Counts, by their bytes, the instructions that raised #UD because no row of the table describes them. */
public final class UnknownInstructions {
    private static final int SHOWN_BYTES = 8;
    private static final int LARGEST = 1000;

    private final Map<String, Long> counts = new TreeMap<>();

    void note(Processor cpu, long linear) {
        byte[] bytes = new byte[SHOWN_BYTES];
        for (int i = 0; i < SHOWN_BYTES; i++) {
            long physical = cpu.mmu.peek(linear + i);
            cpu.machine().memory().read(physical, bytes, i, 1);
        }
        String text = HexFormat.ofDelimiter(" ").formatHex(bytes);
        if (counts.size() < LARGEST || counts.containsKey(text)) {
            counts.merge(text, 1L, Long::sum);
        }
    }

    /** Counts by the instruction's first eight bytes in hexadecimal. */
    public Map<String, Long> counts() {
        return Collections.unmodifiableMap(counts);
    }
}
