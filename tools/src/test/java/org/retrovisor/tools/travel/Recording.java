package org.retrovisor.tools.travel;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import org.retrovisor.monitor.boot.BootException;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Cpuid;
import org.retrovisor.recorder.Recorder;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.tools.live.GuestSettings;
import org.retrovisor.tools.live.LiveGuest;
import org.retrovisor.trace.proto.ClockMode;
import org.retrovisor.trace.proto.MachineConfiguration;
import org.retrovisor.trace.proto.Manifest;

/** Records an embedded guest by the clock that counts steps, so that every run of a test sees the same trace. */
final class Recording {
    static final long MEMORY = 16 << 20;
    /** Moments between two checkpoints in the trace, as long as there are few. */
    private static final long NEAREST_CHECKPOINTS = 40_000;

    private Recording() {}

    /** Records up to the guest's end, or to a moment. */
    static Manifest of(EmbeddedGuest guest, long maxInstructions, Path output) {
        Recorder[] recorder = new Recorder[1];
        GuestSettings settings = new GuestSettings(
                guest.bytes(), new byte[0], "", MEMORY, 1, CpuModel.V2, GuestSettings.Clock.STEPS, null,
                maxInstructions);
        try (LiveGuest live = new LiveGuest(settings, OutputStream.nullOutputStream(), Interpreter::new, boundary -> {
            recorder[0] = Recorder.create(output, boundary, () -> 0, NEAREST_CHECKPOINTS);
            return recorder[0].boundary();
        })) {
            try (Recorder writer = recorder[0]) {
                MachineConfiguration configuration = MachineConfiguration.newBuilder()
                        .setMemoryBytes(MEMORY)
                        .setProcessors(1)
                        .setProcessorModel(Cpuid.MODEL)
                        .setProcessorModelVersion(1)
                        .setClock(ClockMode.CLOCK_STEPS)
                        .build();
                writer.begin(live.machine(), configuration, List::of, "test", 0);
                StopReason reason = live.run();
                return writer.finish(live.machine(), reason, "", live.consoleBytes(), 0);
            }
        } catch (BootException e) {
            throw new AssertionError(e);
        }
    }
}
