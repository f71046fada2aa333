package org.retrovisor.tools.task;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.tools.Build;
import org.retrovisor.trace.proto.End;
import org.retrovisor.trace.proto.Manifest;
import org.retrovisor.trace.proto.RecordingState;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SymbolCacheTest {
    private static final long END = 1000;

    @TempDir
    Path directory;

    private int made;

    @Test
    void theSymbolsOfATracesEndAreMadeOnce() throws Exception {
        assertEquals("made 1", provided(1, trace(1), END));
        assertEquals("made 1", provided(1, trace(1), END));
        assertEquals(1, made);
    }

    @Test
    void anotherTraceAnotherBuildAndAnotherMomentHaveTheirOwn() throws Exception {
        provided(1, trace(1), END);
        assertEquals("made 2", provided(1, trace(2), END));
        assertEquals("made 3", provided(2, trace(1), END));
        assertEquals("made 4", provided(1, trace(1), END - 1));
        assertEquals("made 1", provided(1, trace(1), END));
    }

    @Test
    void nothingIsKeptOfWhatHasNoName() throws Exception {
        Manifest unfinished = trace(1).toBuilder().setState(RecordingState.RECORDING).build();
        Manifest unread = trace(1).toBuilder().setEnd(End.newBuilder().setMoment(END)).build();
        for (Manifest trace : new Manifest[]{unfinished, unread}) {
            provided(1, trace, END);
        }
        provided(Build.NONE, trace(1), END);
        assertEquals(3, made);
        assertTrue(Files.notExists(directory.resolve("cache")));
    }

    @Test
    void aDamagedFileIsMadeAnew() throws Exception {
        provided(1, trace(1), END);
        Files.writeString(entries().getFirst(), "made 9");
        assertEquals("made 2", provided(1, trace(1), END));
        assertEquals("made 2", provided(1, trace(1), END));
    }

    @Test
    void whatWasNotUsedForLongestIsForgotten() throws Exception {
        for (int i = 0; i < 8; i++) {
            provided(1, trace(i), END);
        }
        for (Path entry : entries()) {
            Files.setLastModifiedTime(entry, FileTime.fromMillis(0));
        }
        assertEquals("made 1", provided(1, trace(0), END), "eight stay, and this use makes it the newest");
        provided(1, trace(8), END);
        assertEquals(8, entries().size());
        assertEquals("made 1", provided(1, trace(0), END));
    }

    @Test
    void symbolsAreThereWithoutACache() throws Exception {
        Files.writeString(directory.resolve("cache"), "not a folder");
        assertEquals("made 1", provided(1, trace(1), END));
    }

    @Test
    void whatCannotBeMadeLeavesNothing() {
        SymbolCache cache = new SymbolCache(directory.resolve("cache"), 1);
        assertThrows(
                IOException.class,
                () -> cache.provide(trace(1), END, directory.resolve("none"), file -> {
                    throw new IOException("none");
                }));
        assertTrue(Files.notExists(directory.resolve("cache")));
    }

    private String provided(long build, Manifest trace, long moment) throws Exception {
        Path file = Files.createTempDirectory(directory, "session").resolve("kernel.elf");
        new SymbolCache(directory.resolve("cache"), build)
                .provide(trace, moment, file, to -> Files.writeString(to, "made " + ++made));
        return Files.readString(file);
    }

    private static Manifest trace(int which) {
        return Manifest.newBuilder()
                .setState(RecordingState.COMPLETE)
                .setCreatedMillis(which)
                .setEnd(End.newBuilder().setMoment(END).setFinalDigest(ByteString.copyFromUtf8("digest")))
                .build();
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("cache"))) {
            return files.filter(file -> file.toString().endsWith(".elf")).toList();
        }
    }
}
