package org.retrovisor.trace;

import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.retrovisor.trace.proto.ClockMode;
import org.retrovisor.trace.proto.End;
import org.retrovisor.trace.proto.EndReason;
import org.retrovisor.trace.proto.GuestImage;
import org.retrovisor.trace.proto.MachineConfiguration;
import org.retrovisor.trace.proto.MachineStateHead;
import org.retrovisor.trace.proto.Manifest;
import org.retrovisor.trace.proto.ProcessorState;
import org.retrovisor.trace.proto.RecordingState;
import org.retrovisor.trace.proto.StoredFile;

/** A small trace in which everything is present. */
final class SampleTrace {

    static final int MEMORY = 1 << 20;

    private SampleTrace() {}

    static MachineStateHead head() {
        return MachineStateHead.newBuilder().setFormatVersion(1).setMemoryBytes(MEMORY)
                .addProcessors(ProcessorState.newBuilder().setVersion(3).setState(ByteString.copyFromUtf8("registers")))
                .build();
    }

    /** RAM with zero pages between random ones. */
    static byte[] memory(long seed) {
        Random random = new Random(seed);
        byte[] memory = new byte[MEMORY];
        for (int page = 0; page < MEMORY / StateLayout.PAGE; page++) {
            if (random.nextInt(5) == 0) {
                byte[] bytes = new byte[1 + random.nextInt(StateLayout.PAGE)];
                random.nextBytes(bytes);
                System.arraycopy(bytes, 0, memory, page * StateLayout.PAGE, bytes.length);
            }
        }
        return memory;
    }

    static StoredFile writeState(Path path, byte[] memory) {
        try (StateBlock block = new StateBlock();
                MachineStateWriter state = new MachineStateWriter(path, head(), block)) {
            writePages(state, memory);
            return state.finish();
        }
    }

    /** All of RAM, from physical address 0 on. */
    static void writePages(MachineStateWriter state, byte[] memory) {
        for (int at = 0; at < memory.length; at += StateLayout.PAGE) {
            state.page(at / StateLayout.PAGE, words(Arrays.copyOfRange(memory, at, at + StateLayout.PAGE)));
        }
    }

    /** A page as a writer takes it. */
    static long[] words(byte[] page) {
        long[] words = new long[StateLayout.WORDS];
        ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(words);
        return words;
    }

    static byte[] readMemory(MachineStateReader state) {
        byte[] memory = new byte[(int) state.head().getMemoryBytes()];
        state.pages((number, page) -> MemorySegment.copy(page, 0, MemorySegment.ofArray(memory),
                number * StateLayout.PAGE, StateLayout.PAGE));
        return memory;
    }

    static Manifest.Builder recording() {
        byte[] digest = new byte[32];
        return Manifest.newBuilder().setFormatVersion(1).setRetrovisorVersion("0.1.0").setCreatedMillis(1)
                .setState(RecordingState.RECORDING)
                .setMachine(MachineConfiguration.newBuilder().setMemoryBytes(MEMORY).setProcessors(1)
                        .setProcessorModel("retrovisor-v2").setProcessorModelVersion(1).setClock(ClockMode.CLOCK_STEPS)
                        .setCommandLine("console=ttyS0"))
                .addImages(GuestImage.newBuilder().setRole("kernel").setFileName("vmlinuz").setSizeBytes(5)
                        .setSha256(ByteString.copyFrom(digest)));
    }

    static Manifest complete(StoredFile initialState, long moment, long events) {
        return recording().setState(RecordingState.COMPLETE).setInitialState(initialState)
                .setEnd(End.newBuilder().setReason(EndReason.RESET).setMoment(moment).setEventCount(events)
                        .setFinalDigest(ByteString.copyFrom(new byte[32])).setConsoleBytes(10).setWallMillis(20))
                .build();
    }

    /** Writes a complete trace of some hundred events. */
    static List<RandomEvents.Event> write(Path path, long seed) {
        TraceDirectory trace = TraceDirectory.create(path);
        trace.writeManifest(recording().build());
        StoredFile state = writeState(trace.initialState(), memory(seed));
        List<RandomEvents.Event> events = RandomEvents.make(seed, 500, false);
        RandomEvents.writeLog(trace.events(), events, 100);
        trace.writeManifest(complete(state, events.getLast().moment(), events.size() + 1));
        return events;
    }
}
