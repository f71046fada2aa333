package org.retrovisor.replay;

import java.util.Arrays;
import java.util.List;

/** Everything needed to go on from a moment: the boundary leaves nothing else. */
record Checkpoint(
        long moment, List<ProcessorPart> processors, RamHistory.Snapshot ram, TraceBoundary.Position position) {

    /**
     * A processor.
     *
     * @param state as {@link org.retrovisor.monitor.processor.ProcessorState} encodes it
     * @param midRepeat whether it stands between two iterations of a REP instruction
     */
    record ProcessorPart(byte[] state, boolean midRepeat) {
        boolean sameAs(ProcessorPart other) {
            return Arrays.equals(state, other.state) && midRepeat == other.midRepeat;
        }
    }

    /** Whether everything is the same. */
    boolean sameAs(Checkpoint other) {
        boolean same = moment == other.moment && position.equals(other.position)
                && processors.size() == other.processors.size();
        for (int i = 0; same && i < processors.size(); i++) {
            same = processors.get(i).sameAs(other.processors.get(i));
        }
        return same && ram.sameAs(other.ram);
    }
}
