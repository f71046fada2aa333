package org.retrovisor.replay;

import java.util.List;

/** Everything needed to go on from a moment: the boundary leaves nothing else. */
record Checkpoint(
        long moment, int current, List<byte[]> processors, RamHistory.Snapshot ram, TraceBoundary.Position position) {}
