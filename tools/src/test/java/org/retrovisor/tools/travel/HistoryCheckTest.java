package org.retrovisor.tools.travel;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.translator.Translator;
import org.retrovisor.replay.HistoryCheck;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.trace.MachineStateWriter;
import org.retrovisor.trace.StateBlock;
import org.retrovisor.trace.StoredCheckpoint;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.TraceDirectory;
import org.retrovisor.trace.Traces;
import org.retrovisor.trace.proto.Footprint;
import org.retrovisor.trace.proto.MachineStateHead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Checkpoints and index that somebody changed are found out, though all their checksums fit. */
@Timeout(180)
class HistoryCheckTest {
    @TempDir
    private static Path folder;

    private static Path original;
    private static List<StoredCheckpoint> stored;
    private static Trace trace;

    @BeforeAll
    static void record() {
        original = folder.resolve("selftest.rv");
        Recording.of(EmbeddedGuest.SELFTEST, Long.MAX_VALUE, original);
        trace = Traces.open(original);
        stored = trace.checkpoints();
    }

    @AfterAll
    static void close() {
        if (trace != null) {
            trace.close();
        }
    }

    private static Optional<String> check(Trace checked) {
        return HistoryCheck.run(checked, Interpreter::new, () -> false);
    }

    /** A copy of the trace in which the last checkpoint is another one. */
    private static Trace altered(
            String name, UnaryOperator<MachineStateHead> head, BiConsumer<Long, byte[]> page) {
        TraceDirectory copy = TraceDirectory.create(folder.resolve(name));
        try (Stream<Path> files = Files.walk(original)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path to = copy.path().resolve(original.relativize(file).toString());
                if (!file.getParent().endsWith("checkpoints")) {
                    Files.createDirectories(to.getParent());
                    Files.copy(file, to);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int i = 0; i < stored.size(); i++) {
            boolean last = i == stored.size() - 1;
            MachineStateHead its = stored.get(i).head();
            try (StateBlock block = new StateBlock();
                    MachineStateWriter writer = copy.checkpoints().write(i + 1, last ? head.apply(its) : its, block)) {
                stored.get(i).pages((number, bytes, difference) -> {
                    byte[] contents = bytes.toArray(ValueLayout.JAVA_BYTE);
                    if (last) {
                        page.accept(number, contents);
                    }
                    long[] words = new long[contents.length / Long.BYTES];
                    ByteBuffer.wrap(contents).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(words);
                    if (difference) {
                        writer.difference(number, words);
                    } else {
                        writer.page(number, words);
                    }
                });
                writer.finish();
            }
        }
        return Traces.open(copy.path());
    }

    private static void found(String sentence, String name, UnaryOperator<MachineStateHead> head,
            BiConsumer<Long, byte[]> page) {
        try (Trace bad = altered(name, head, page)) {
            bad.checkIntegrity();
            String told = check(bad).orElse("nothing");
            assertTrue(told.contains(sentence), told);
        }
    }

    private static MachineStateHead withFootprint(MachineStateHead head, Footprint.Builder footprint) {
        MachineStateHead.Builder changed = head.toBuilder();
        changed.getIntervalsBuilder(0).setFootprint(footprint);
        return changed.build();
    }

    private static Footprint.Builder footprint(MachineStateHead head) {
        return head.getIntervals(0).getFootprint().toBuilder();
    }

    @Test
    void whatTheRecorderLeftIsTrueForBothEngines() {
        assertEquals(Optional.empty(), check(trace));
        assumeTrue(Translator.available(), "this host cannot run generated code");
        assertEquals(Optional.empty(),
                HistoryCheck.run(trace, machine -> new Translator(machine, 16 << 20, 2), () -> false));
    }

    @Test
    void aCopyIsTrueToo() {
        try (Trace same = altered("same.rv", head -> head, (number, page) -> {})) {
            assertEquals(Optional.empty(), check(same));
        }
    }

    @Test
    void anIndexThatDeniesWhatWasExecutedOrTouchedIsALie() {
        found("denies an instruction", "code.rv", head -> withFootprint(head, footprint(head).clearExecutedPages()
                .clearExecutedLines()), (number, page) -> {});
        found("denies an access", "linear.rv", head -> withFootprint(head, footprint(head).clearLinearPages()
                .clearLinearKinds()), (number, page) -> {});
        found("denies an access", "physical.rv", head -> withFootprint(head, footprint(head).clearPhysicalPages()
                .clearPhysicalKinds()), (number, page) -> {});
    }

    @Test
    void aCheckpointOfAnotherStateIsFalse() {
        found("is false", "page.rv", head -> head, (number, page) -> page[100] ^= 1);
        found("is false", "digest.rv", head -> head.toBuilder()
                .setBoundary(head.getBoundary().toBuilder().setOutwardDigest(5)).build(), (number, page) -> {});
        found("is false", "processor.rv", head -> {
            byte[] state = head.getProcessors(0).getState().toByteArray();
            state[20] ^= 1;
            MachineStateHead.Builder changed = head.toBuilder();
            changed.getProcessorsBuilder(0).setState(ByteString.copyFrom(state));
            return changed.build();
        }, (number, page) -> {});
    }
}
