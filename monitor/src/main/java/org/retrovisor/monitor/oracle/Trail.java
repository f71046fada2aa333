package org.retrovisor.monitor.oracle;

import java.util.ArrayList;
import java.util.List;

/** How the interpreter went through a sequence: what it executed, and the state before each instruction and at the end. */
final class Trail {
    private final List<CpuState> states = new ArrayList<>();
    private final List<Encoding> executed = new ArrayList<>();
    private int moments;

    /** Begins anew with a state. */
    void begin(CpuState before) {
        executed.clear();
        moments = 0;
        state(0).copyFrom(before);
    }

    /** Notes an instruction that is executed in the last state, and answers where to put the state behind it. */
    CpuState step(Encoding encoding) {
        executed.add(encoding);
        return state(executed.size());
    }

    void spent(int more) {
        moments += more;
    }

    /** How many instructions were executed. */
    int length() {
        return executed.size();
    }

    Encoding executed(int number) {
        return executed.get(number);
    }

    /** The state before the instruction of this number. */
    CpuState state(int number) {
        while (states.size() <= number) {
            states.add(new CpuState());
        }
        return states.get(number);
    }

    CpuState last() {
        return state(executed.size());
    }

    /** How many moments all of it took; each iteration of a string instruction is one. */
    int moments() {
        return moments;
    }
}
