package org.retrovisor.replay;

import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.trace.TraceException;
import org.retrovisor.trace.proto.MachineConfiguration;

/** The version of the processor models that a trace was recorded on. */
public final class ModelVersions {
    private ModelVersions() {}

    /**
     * The version to replay with, which is that of the recording.
     *
     * @throws TraceException when this program does not know it
     */
    static int of(MachineConfiguration configuration) {
        int version = configuration.getProcessorModelVersion();
        if (version < ModelChange.FIRST_VERSION || version > ModelChange.currentVersion()) {
            throw new TraceException(
                    TraceException.Reason.UNKNOWN_VERSION,
                    "the trace was recorded on version %s of the processor model %s, and this program knows versions %d to %d"
                            .formatted(Integer.toUnsignedString(version), configuration.getProcessorModel(),
                                    ModelChange.FIRST_VERSION, ModelChange.currentVersion()));
        }
        return version;
    }

    /** What to say of a trace that did not replay, because it was recorded on an earlier version; empty for none. */
    public static String remark(MachineConfiguration configuration) {
        int version = configuration.getProcessorModelVersion();
        return version == ModelChange.currentVersion()
                ? ""
                : " (the trace is of version %s of the processor model, recorded by an earlier program; today's is %d)"
                        .formatted(Integer.toUnsignedString(version), ModelChange.currentVersion());
    }
}
