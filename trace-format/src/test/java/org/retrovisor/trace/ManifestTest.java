package org.retrovisor.trace;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.trace.proto.EndReason;
import org.retrovisor.trace.proto.GuestImage;
import org.retrovisor.trace.proto.Manifest;
import org.retrovisor.trace.proto.RecordingState;
import org.retrovisor.trace.proto.StoredFile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class ManifestTest {

    private static final StoredFile STATE = StoredFile.newBuilder().setName("initial-state").setSizeBytes(9)
            .setSha256(ByteString.copyFrom(new byte[32])).build();

    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsReadAndReplaced() {
        TraceDirectory trace = new TraceDirectory(folder);
        Manifest first = SampleTrace.recording().build();
        trace.writeManifest(first);
        assertEquals(first, trace.readManifest());
        Manifest second = SampleTrace.complete(STATE, 5, 6);
        trace.writeManifest(second);
        assertEquals(second, trace.readManifest());
    }

    @Test
    void everyFlippedByteAndEveryCutIsNoticed() throws IOException {
        TraceDirectory trace = new TraceDirectory(folder);
        trace.writeManifest(SampleTrace.complete(STATE, 5, 6));
        Path file = folder.resolve("manifest");
        byte[] good = Files.readAllBytes(file);
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 0x10;
            Files.write(file, bad);
            assertThrows(TraceException.class, trace::readManifest, "byte " + at);
            Files.write(file, Arrays.copyOf(good, at));
            assertThrows(TraceException.class, trace::readManifest, "cut at " + at);
        }
    }

    @Test
    void aNewerFormatIsNamedAsSuch() {
        Manifest newer = SampleTrace.recording().setFormatVersion(ManifestValidator.FORMAT + 1).build();
        TraceException refused = assertThrows(TraceException.class, () -> ManifestValidator.validate(newer));
        assertEquals(TraceException.Reason.UNKNOWN_VERSION, refused.reason());
    }

    @Test
    void everyRuleOfTheSchemaIsEnforced() {
        Map<String, Consumer<Manifest.Builder>> breaches = Map.ofEntries(
                Map.entry("no format", m -> m.clearFormatVersion()),
                Map.entry("no version", m -> m.clearRetrovisorVersion()),
                Map.entry("negative date", m -> m.setCreatedMillis(-1)),
                Map.entry("no state", m -> m.clearState()),
                Map.entry("unknown state", m -> m.setStateValue(77)),
                Map.entry("end while recording", m -> m.setState(RecordingState.RECORDING)),
                Map.entry("no machine", m -> m.clearMachine()),
                Map.entry("odd memory", m -> m.getMachineBuilder().setMemoryBytes((1 << 20) + 1)),
                Map.entry("little memory", m -> m.getMachineBuilder().setMemoryBytes(4096)),
                Map.entry("negative memory", m -> m.getMachineBuilder().setMemoryBytes(-4096)),
                Map.entry("no processors", m -> m.getMachineBuilder().setProcessors(0)),
                Map.entry("many processors", m -> m.getMachineBuilder().setProcessors(-1)),
                Map.entry("no model", m -> m.getMachineBuilder().clearProcessorModel()),
                Map.entry("no clock", m -> m.getMachineBuilder().clearClock()),
                Map.entry("image without role", m -> m.getImagesBuilder(0).clearRole()),
                Map.entry("image without digest", m -> m.getImagesBuilder(0).clearSha256()),
                Map.entry("many images", m -> m.addAllImages(Collections.nCopies(64, image()))),
                Map.entry("no initial state", m -> m.clearInitialState()),
                Map.entry("path in a name", m -> m.getInitialStateBuilder().setName("../x")),
                Map.entry("hidden name", m -> m.getInitialStateBuilder().setName("..")),
                Map.entry("short digest", m -> m.getInitialStateBuilder().setSha256(ByteString.copyFrom(new byte[31]))),
                Map.entry("no end", m -> m.clearEnd()),
                Map.entry("no reason", m -> m.getEndBuilder().setReason(EndReason.END_REASON_UNSPECIFIED)),
                Map.entry("unknown reason", m -> m.getEndBuilder().setReasonValue(99)),
                Map.entry("negative moment", m -> m.getEndBuilder().setMoment(-1)),
                Map.entry("no events", m -> m.getEndBuilder().setEventCount(0)),
                Map.entry("odd digest", m -> m.getEndBuilder().setFinalDigest(ByteString.copyFrom(new byte[5]))));
        ManifestValidator.validate(SampleTrace.complete(STATE, 5, 6));
        breaches.forEach((what, breach) -> {
            Manifest.Builder manifest = SampleTrace.complete(STATE, 5, 6).toBuilder();
            breach.accept(manifest);
            assertThrows(TraceException.class, () -> ManifestValidator.validate(manifest.build()), what);
        });
    }

    private static GuestImage image() {
        return SampleTrace.recording().getImages(0);
    }
}
