package org.retrovisor.recorder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.MachineDigest;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.processor.Cpuid;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.ProcessorState;
import org.retrovisor.trace.EventKind;
import org.retrovisor.trace.MachineStateReader;
import org.retrovisor.trace.OutwardDigest;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.TraceException;
import org.retrovisor.trace.Traces;
import org.retrovisor.trace.proto.ClockMode;
import org.retrovisor.trace.proto.EndReason;
import org.retrovisor.trace.proto.MachineConfiguration;
import org.retrovisor.trace.proto.Manifest;
import org.retrovisor.trace.proto.RecordingState;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a recording of a small guest leaves on the disk. */
class RecorderTest {
    private static final long CREATED = 1_700_000_000_000L;
    private static final Consumer<Processor> NEVER_IDLE = cpu -> {
        throw new AssertionError("the guest halted");
    };

    private static final int PORT = 0x1234;
    private static final long DEVICE = 0xC100_0008L;

    /** Each instruction crosses the boundary once, but for the two that load a register. */
    private static final String[] CROSSINGS = {
        "BA 34 12 00 00", // 0: mov edx, PORT
        "ED", // 1: in eax, dx
        "A1 08 00 00 C1 00 00 00 00", // 2: mov eax, [DEVICE]
        "0F 31", // 3: rdtsc
        "B9 1B 00 00 00", // 4: mov ecx, IA32_APIC_BASE
        "0F 32", // 5: rdmsr
        "48 0F C7 F0", // 6: rdrand rax
        "66 BA 34 12", // 7: mov dx, PORT
        "EF", // 8: out dx, eax
        "A3 08 00 00 C1 00 00 00 00", // 9: mov [DEVICE], eax
        "FB", // 10: sti
        "EB FE", // 11: jmp to itself
    };

    @TempDir
    private Path folder;

    private Path output;

    @BeforeEach
    void nameOutput() {
        output = folder.resolve("small.rv");
    }

    // ---------------------------------------------------------------- events

    @Test
    void everyKindOfInwardCrossingAppearsWithItsMomentAndValue() {
        Map<Long, Arrival> arrivals = Map.of(
                20L, new Arrival.Interrupt(0x41),
                30L, new Arrival.NonMaskable(),
                40L, new Arrival.DirectMemoryWrite(SmallGuest.DATA, new byte[]{1, 2, 3, (byte) 0xFE}),
                50L, new Arrival.Stop(StopReason.POWER_OFF));
        record(new ScriptedBoundary(arrivals, NEVER_IDLE), CROSSINGS);
        try (Trace trace = Traces.open(output)) {
            List<RecordedEvent> events = RecordedEvent.of(trace);
            assertEquals(
                    List.of(
                            new RecordedEvent(EventKind.PORT_READ, 1, ScriptedBoundary.PORT_VALUE),
                            new RecordedEvent(EventKind.MMIO_READ, 2, ScriptedBoundary.MMIO_VALUE),
                            new RecordedEvent(EventKind.TIMESTAMP, 3, ScriptedBoundary.TIMESTAMP),
                            new RecordedEvent(EventKind.MSR_READ, 5, ScriptedBoundary.MSR_VALUE),
                            new RecordedEvent(EventKind.RANDOM, 6, ScriptedBoundary.RANDOM),
                            new RecordedEvent(EventKind.INTERRUPT, 20, 0x41),
                            new RecordedEvent(EventKind.NMI, 30, 0),
                            new RecordedEvent(EventKind.DMA, 40, SmallGuest.DATA, "010203fe"),
                            new RecordedEvent(EventKind.OUTWARD_DIGEST, 50, digestOfCrossings()),
                            new RecordedEvent(EventKind.END, 50, StopReason.POWER_OFF.code())),
                    events);
        }
    }

    private static long digestOfCrossings() {
        OutwardDigest digest = new OutwardDigest();
        digest.read(Space.PORT.ordinal(), PORT, 4);
        digest.read(Space.MMIO.ordinal(), DEVICE, 4);
        digest.read(Space.MSR.ordinal(), 0x1B, 8);
        long low = ScriptedBoundary.RANDOM & 0xFFFF_FFFFL;
        digest.write(Space.PORT.ordinal(), PORT, 4, low);
        digest.write(Space.MMIO.ordinal(), DEVICE, 4, low);
        return digest.value();
    }

    @Test
    void theGuestGetsWhatIsWrittenDown() {
        Map<Long, Arrival> arrivals = Map.of(
                3L, new Arrival.DirectMemoryWrite(SmallGuest.DATA, new byte[]{7, 8}),
                7L, new Arrival.Stop(StopReason.POWER_OFF));
        try (Recorder recorder = Recorder.create(output, new ScriptedBoundary(arrivals, NEVER_IDLE));
                Machine machine = SmallGuest.create(recorder.boundary(), CROSSINGS)) {
            begin(recorder, machine);
            assertEquals(StopReason.POWER_OFF, machine.run(1000));
            assertEquals(ScriptedBoundary.RANDOM, machine.processor(0).gpr[Processor.RAX]);
            byte[] written = new byte[2];
            machine.memory().read(SmallGuest.DATA, written, 0, 2);
            assertArrayEquals(new byte[]{7, 8}, written);
        }
    }

    @Test
    void aDigestOfOutwardCrossingsIsStoredNowAndThen() {
        int writes = 5000;
        String[] loop = {
            "BA 34 12 00 00", // mov edx, PORT
            "B9 88 13 00 00", // mov ecx, 5000
            "89 C8 EE FF C9 75 F9", // again: mov eax, ecx; out dx, al; dec ecx; jnz again
            "EB FE",
        };
        Map<Long, Arrival> arrivals = new HashMap<>();
        for (long moment = 500; moment < 20_500; moment += 500) {
            arrivals.put(moment, Arrival.NONE);
        }
        arrivals.put(20_500L, new Arrival.Stop(StopReason.POWER_OFF));
        record(new ScriptedBoundary(arrivals, NEVER_IDLE), loop);
        try (Trace trace = Traces.open(output)) {
            List<RecordedEvent> digests = RecordedEvent.of(trace).stream()
                    .filter(event -> event.kind() == EventKind.OUTWARD_DIGEST)
                    .toList();
            assertEquals(3, digests.size(), () -> digests.toString());
            for (RecordedEvent event : digests) {
                long done = Math.min(writes, event.moment() / 4); // OUT is the fourth instruction, then every fourth
                assertEquals(digestOfWrites(writes, done), event.value(), () -> "at moment " + event.moment());
            }
        }
    }

    private static long digestOfWrites(int from, long count) {
        OutwardDigest digest = new OutwardDigest();
        for (int i = 0; i < count; i++) {
            digest.write(Space.PORT.ordinal(), PORT, 1, (from - i) & 0xFF);
        }
        return digest.value();
    }

    // ---------------------------------------------------------------- beginning and end

    @Test
    void theInitialStateIsTheMachineBeforeItsFirstInstruction() {
        try (Recorder recorder = Recorder.create(output, powersOffAt(9));
                Machine machine = SmallGuest.create(recorder.boundary(), CROSSINGS)) {
            byte[] processor = ProcessorState.save(machine.processor(0));
            byte[] ram = ram(machine);
            begin(recorder, machine);
            finish(recorder, machine);
            try (Trace trace = Traces.open(output);
                    MachineStateReader state = trace.openInitialState()) {
                assertEquals(0, state.head().getMoment());
                assertArrayEquals(processor, state.head().getProcessors(0).getState().toByteArray());
                byte[] stored = new byte[ram.length];
                state.pages((frame, page) -> page.asByteBuffer().get(stored, (int) frame * 4096, 4096));
                assertArrayEquals(ram, stored);
            }
        }
    }

    @Test
    void aFinishedTraceSaysHowItEndedAndIsWhole() {
        try (Recorder recorder = Recorder.create(output, powersOffAt(60));
                Machine machine = SmallGuest.create(recorder.boundary(), CROSSINGS)) {
            begin(recorder, machine);
            Manifest written = finish(recorder, machine);
            try (Trace trace = Traces.open(output)) {
                trace.checkIntegrity();
                assertTrue(trace.isComplete());
                assertEquals(written, trace.manifest());
                assertEquals(RecordingState.COMPLETE, written.getState());
                assertEquals("1.2.3", written.getRetrovisorVersion());
                assertEquals(CREATED, written.getCreatedMillis());
                assertEquals(configuration(), written.getMachine());
                assertEquals(EndReason.POWER_OFF, written.getEnd().getReason());
                assertEquals(60, written.getEnd().getMoment());
                assertEquals(recorder.events(), written.getEnd().getEventCount());
                assertEquals(12, written.getEnd().getConsoleBytes());
                assertEquals(34, written.getEnd().getWallMillis());
                assertEquals("by a test", written.getEnd().getDetail());
                assertArrayEquals(
                        MachineDigest.of(machine),
                        written.getEnd().getFinalDigest().toByteArray());
            }
        }
    }

    @Test
    void everyReasonToStopIsAReasonOfTheManifest() {
        for (StopReason reason : StopReason.values()) {
            if (reason != StopReason.CUT_SHORT) { // said of a trace, never in one
                assertEquals(reason.name(), EndReason.forNumber(reason.code()).name());
            }
        }
    }

    // ---------------------------------------------------------------- recorders that die

    @Test
    void aRecorderKilledWhileTheGuestIsIdleLeavesATraceUpToThere() {
        Path copy = folder.resolve("copy.rv");
        ScriptedBoundary live = copyingWhenIdle(copy);
        record(live, "BA 34 12 00 00", "ED", "ED", "FB", "F4", "ED", "EB FE"); // two reads, sti, hlt, a read
        try (Trace trace = Traces.open(copy)) {
            assertFalse(trace.isComplete());
            assertEquals(RecordingState.RECORDING, trace.manifest().getState());
            trace.checkIntegrity();
            assertEquals(
                    List.of(
                            new RecordedEvent(EventKind.PORT_READ, 1, ScriptedBoundary.PORT_VALUE),
                            new RecordedEvent(EventKind.PORT_READ, 2, ScriptedBoundary.PORT_VALUE)),
                    RecordedEvent.of(trace));
        }
        try (Trace whole = Traces.open(output)) {
            assertTrue(whole.isComplete());
        }
    }

    /** A world that copies the trace, as a killed recorder would leave it, when the guest halts, and then goes on. */
    private ScriptedBoundary copyingWhenIdle(Path copy) {
        ScriptedBoundary[] self = new ScriptedBoundary[1];
        self[0] = new ScriptedBoundary(Map.of(100L, new Arrival.Stop(StopReason.POWER_OFF)), cpu -> {
            copyTree(output, copy);
            self[0].arriveNow(cpu, new Arrival.Interrupt(0x30));
        });
        return self[0];
    }

    @Test
    void aRecordingThatWasNotFinishedOpensAsIncomplete() {
        try (Recorder recorder = Recorder.create(output, powersOffAt(50));
                Machine machine = SmallGuest.create(recorder.boundary(), CROSSINGS)) {
            begin(recorder, machine);
            machine.run(1000);
        }
        try (Trace trace = Traces.open(output)) {
            assertFalse(trace.isComplete());
            List<RecordedEvent> events = RecordedEvent.of(trace);
            assertEquals(5, events.size(), events::toString);
        }
    }

    @Test
    void closingBeforeTheBeginningLeavesNothing() throws IOException {
        try (Recorder recorder = Recorder.create(output, powersOffAt(50))) {
            assertTrue(Files.exists(output));
            assertEquals(0, recorder.events());
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void aMachineThatIsClosedWhileItsStateIsWrittenIsWrittenAltogether() {
        for (int round = 0; round < 20; round++) {
            output = folder.resolve("round" + round);
            try (Recorder recorder = Recorder.create(output, powersOffAt(50));
                    Machine machine = SmallGuest.create(recorder.boundary(), CROSSINGS)) {
                begin(recorder, machine);
            }
            try (Trace trace = Traces.open(output)) {
                trace.checkIntegrity();
                assertFalse(trace.isComplete());
            }
        }
    }

    @Test
    void anInitialStateThatCannotBeWrittenEndsTheRecordingWhichLeavesNothing() throws IOException {
        for (String code : List.of("FB F4 EB FE", "EB FE")) { // one that is idle before its end, one that is not
            try (Recorder recorder = Recorder.create(output, powersOffAt(50));
                    Machine machine = SmallGuest.create(recorder.boundary(), code)) {
                Files.createDirectory(output.resolve("initial-state.part"));
                begin(recorder, machine);
                TraceException failure = assertThrows(TraceException.class, () -> finish(recorder, machine));
                assertEquals(TraceException.Reason.INPUT_OUTPUT, failure.reason());
            }
            try (Stream<Path> left = Files.list(folder)) {
                assertEquals(List.of(), left.toList());
            }
        }
    }

    @Test
    void behindACheckpointThatCannotBeWrittenThereAreNoMoreAndTheRecordingGoesOn() throws IOException {
        Map<Long, Arrival> arrivals = new HashMap<>();
        for (long moment = 1000; moment < 20_000; moment += 1000) {
            arrivals.put(moment, Arrival.NONE);
        }
        arrivals.put(20_000L, new Arrival.Stop(StopReason.POWER_OFF));
        try (Recorder recorder = Recorder.create(output, new ScriptedBoundary(arrivals, NEVER_IDLE), () -> 0, 1000);
                Machine machine = SmallGuest.create(recorder.boundary(), "EB FE")) {
            Files.createDirectories(output.resolve("checkpoints").resolve("000003.part"));
            begin(recorder, machine);
            finish(recorder, machine);
        }
        try (Stream<Path> left = Files.list(output.resolve("checkpoints"))) {
            assertEquals(List.of("000001", "000002", "000003.part"),
                    left.map(file -> file.getFileName().toString()).sorted().toList());
        }
        try (Trace trace = Traces.open(output)) {
            assertTrue(trace.isComplete());
        }
    }

    /** As when an image cannot be read any more: the failure is none of the trace's. */
    @Test
    void whatElseFailsAtTheBeginningIsWhatTheRecordingSays() throws IOException {
        IllegalStateException failure = new IllegalStateException("no image");
        try (Recorder recorder = Recorder.create(output, powersOffAt(50));
                Machine machine = SmallGuest.create(recorder.boundary(), "ED EB FE")) { // an event that is never written
            recorder.begin(machine, configuration(), () -> {
                throw failure;
            }, "1.2.3", CREATED);
            IllegalStateException seen = assertThrows(IllegalStateException.class, () -> finish(recorder, machine));
            assertEquals(failure, seen);
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    // ---------------------------------------------------------------- outputs that cannot be

    @Test
    void anOutputThatExistsIsRefusedAndKept() throws IOException {
        Files.createDirectory(output);
        Files.writeString(output.resolve("precious"), "mine");
        assertRefused(TraceException.Reason.OUTPUT_EXISTS);
        assertEquals("mine", Files.readString(output.resolve("precious")));
        try (Stream<Path> left = Files.list(output)) {
            assertEquals(1, left.count());
        }
    }

    @Test
    void anOutputThatIsAFileIsRefusedAndKept() throws IOException {
        Files.writeString(output, "mine");
        assertRefused(TraceException.Reason.OUTPUT_EXISTS);
        assertEquals("mine", Files.readString(output));
    }

    @Test
    void anOutputInAFolderThatDoesNotExistIsRefused() {
        output = folder.resolve("nowhere").resolve("small.rv");
        assertRefused(TraceException.Reason.INPUT_OUTPUT);
    }

    private void assertRefused(TraceException.Reason reason) {
        Boundary live = powersOffAt(1);
        TraceException refusal = assertThrows(TraceException.class, () -> Recorder.create(output, live));
        assertEquals(reason, refusal.reason());
        assertTrue(refusal.getMessage().contains(output.toString()), refusal::getMessage);
        assertEquals(1, refusal.getMessage().lines().count(), refusal::getMessage);
    }

    // ---------------------------------------------------------------- help

    private static ScriptedBoundary powersOffAt(long moment) {
        return new ScriptedBoundary(Map.of(moment, new Arrival.Stop(StopReason.POWER_OFF)), NEVER_IDLE);
    }

    private void record(Boundary live, String... instructions) {
        try (Recorder recorder = Recorder.create(output, live);
                Machine machine = SmallGuest.create(recorder.boundary(), instructions)) {
            begin(recorder, machine);
            finish(recorder, machine);
        }
    }

    private static void begin(Recorder recorder, Machine machine) {
        recorder.begin(machine, configuration(), List::of, "1.2.3", CREATED);
    }

    private static Manifest finish(Recorder recorder, Machine machine) {
        StopReason reason = machine.run(Long.MAX_VALUE);
        return recorder.finish(machine, reason, "by a test", 12, 34);
    }

    private static MachineConfiguration configuration() {
        return MachineConfiguration.newBuilder()
                .setMemoryBytes(SmallGuest.MEMORY)
                .setProcessors(1)
                .setProcessorModel(Cpuid.MODEL)
                .setProcessorModelVersion(1)
                .setClock(ClockMode.CLOCK_STEPS)
                .build();
    }

    private static byte[] ram(Machine machine) {
        byte[] ram = new byte[(int) SmallGuest.MEMORY];
        for (int frame = 0; frame < machine.memory().frameCount(); frame++) {
            long physical = machine.memory().physicalOf(frame);
            if (machine.memory().frameAt(physical) == frame) { // no RAM where the video card would be
                machine.memory().read(physical, ram, frame * 4096, 4096);
            }
        }
        return ram;
    }

    private static void copyTree(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
