package org.retrovisor.replay;

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
    record ProcessorPart(byte[] state, boolean midRepeat) {}
}
