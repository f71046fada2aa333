package org.retrovisor.tools.task;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.trace.proto.EndReason;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The monitor's reasons to stop and the trace's reasons of an end are the same ones by name and number. */
class EndReasonTest {
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CUT_SHORT")
    void everyReasonToStopHasItsNumberInTraces(StopReason reason) {
        assertEquals(reason.name(), EndReason.forNumber(reason.code()).name());
    }

    @Test
    void tracesKnowNoOtherReasonsButTheRecordersOwnFailure() {
        Set<String> names = new TreeSet<>();
        for (EndReason reason : EndReason.values()) {
            names.add(reason.name());
        }
        for (StopReason reason : StopReason.values()) {
            names.remove(reason.name());
        }
        assertEquals(Set.of("END_REASON_UNSPECIFIED", "RECORDER_FAILURE", "UNRECOGNIZED"), names);
    }
}
