package org.retrovisor.tools.guests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class GuestCacheTest {
    @TempDir
    Path directory;

    private Path root;
    private GuestCache cache;

    @BeforeEach
    void setUp() {
        root = directory.resolve("cache/guests");
        cache = new GuestCache(root);
    }

    @Test
    void anEntryIsMadeOnce() throws Exception {
        Path first = cache.entry("linux", folder -> Files.writeString(folder.resolve("file"), "made"));
        Path second = cache.entry("linux", folder -> {
            throw new AssertionError("made again");
        });
        assertEquals(first, second);
        assertEquals("made", Files.readString(second.resolve("file")));
        assertEquals(List.of("linux"), names());
    }

    @Test
    void anEntryThatFailsLeavesNothing() throws Exception {
        assertThrows(IOException.class, () -> cache.entry("linux", folder -> {
            Files.writeString(folder.resolve("half"), "half");
            throw new IOException("disk full");
        }));
        assertEquals(List.of(), names());
    }

    @Test
    void theEntryOfAFasterProcessIsUsed() throws Exception {
        Path entry = cache.entry("linux", folder -> {
            Path other = Files.createDirectories(root.resolve("linux"));
            Files.writeString(other.resolve("file"), "theirs");
            Files.writeString(folder.resolve("file"), "ours");
        });
        assertEquals("theirs", Files.readString(entry.resolve("file")));
        assertEquals(List.of("linux"), names());
    }

    @Test
    void theUsersCacheFollowsTheXdgSpecification() {
        assertEquals(Path.of("/x/retrovisor/guests"), GuestCache.userRoot(Map.of("XDG_CACHE_HOME", "/x"), "/home/u"));
        Path fallback = Path.of("/home/u/.cache/retrovisor/guests");
        assertEquals(fallback, GuestCache.userRoot(Map.of(), "/home/u"));
        assertEquals(fallback, GuestCache.userRoot(Map.of("XDG_CACHE_HOME", "relative"), "/home/u"));
    }

    private List<String> names() throws IOException {
        try (var paths = Files.list(root)) {
            return paths.map(path -> path.getFileName().toString()).toList();
        }
    }
}
