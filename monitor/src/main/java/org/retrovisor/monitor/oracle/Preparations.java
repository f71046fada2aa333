package org.retrovisor.monitor.oracle;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.retrovisor.monitor.isa.Row;

/**
 * What the states of particular instructions need beyond being random: operands that do not fault, addresses in fixed
 * registers, targets of jumps. Looked up by row name, then by mnemonic.
 */
final class Preparations {
    /** Changes a random state. */
    @FunctionalInterface
    interface Preparation {
        void prepare(Encoding encoding, CpuState state, StateMaker maker);
    }

    private final Map<String, Preparation> byName = new HashMap<>();
    private final Map<String, Predicate<Encoding>> admissible = new HashMap<>();

    /** Those of all rows. */
    static Preparations standard() {
        Preparations all = new Preparations();
        IntegerPreparations.add(all);
        SystemPreparations.add(all);
        SsePreparations.add(all);
        X87Preparations.add(all);
        return all;
    }

    /** Prepares states of a row name or mnemonic. */
    Preparations with(String name, Preparation preparation) {
        byName.put(name, preparation);
        return this;
    }

    /** Restricts the encodings of a row name or mnemonic. */
    Preparations admit(String name, Predicate<Encoding> condition) {
        admissible.put(name, condition);
        return this;
    }

    void prepare(Encoding encoding, CpuState state, StateMaker maker) {
        Preparation found = find(byName, encoding);
        if (found != null) {
            found.prepare(encoding, state, maker);
        }
    }

    boolean admits(Encoding encoding) {
        Predicate<Encoding> condition = find(admissible, encoding);
        return condition == null || condition.test(encoding);
    }

    private static <T> T find(Map<String, T> map, Encoding encoding) {
        Row row = encoding.instruction().row;
        for (String key : new String[]{row.name(), row.mnemonic()}) {
            if (map.containsKey(key)) {
                return map.get(key);
            }
        }
        return row.vex() ? map.get(row.mnemonic().substring(1)) : null; // what its SSE instruction needs
    }
}
