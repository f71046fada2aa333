package org.retrovisor.tools.task;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.retrovisor.replay.symbols.KernelElf;
import org.retrovisor.replay.symbols.KernelSymbolsException;
import org.retrovisor.tools.Build;
import org.retrovisor.tools.guests.GuestCache;
import org.retrovisor.trace.Digests;
import org.retrovisor.trace.proto.Manifest;
import org.retrovisor.trace.proto.RecordingState;

/**
 * The files of kernel symbols that were made for the ends of traces, kept in the user's cache: a trace is opened at its end
 * again and again, and taking the symbols and unwind tables out of the guest's memory is a good part of the way to gdb's
 * prompt.
 *
 * <p>An entry is named by the trace's manifest, which holds the digest of all registers and all RAM at the end, and by the
 * build that made it. A file that is not what was written is made anew.
 */
final class SymbolCache {
    /** Some 30 MB each. */
    private static final int MOST_ENTRIES = 8;

    private static final String SUM = ".crc32c";

    private final Path folder;
    private final long build;

    SymbolCache(Path folder, long build) {
        this.folder = folder;
        this.build = build;
    }

    static SymbolCache ofUser() {
        return new SymbolCache(GuestCache.ofUser("symbols"), Build.of(KernelElf.class));
    }

    /** Makes the file of symbols where it is told to. */
    @FunctionalInterface
    interface Maker {
        void make(Path file) throws IOException, KernelSymbolsException;
    }

    /** Puts the symbols of a trace at a moment into {@code file}: those that were kept, or new ones. */
    void provide(Manifest trace, long moment, Path file, Maker maker) throws IOException, KernelSymbolsException {
        String name = name(trace, moment);
        if (name.isEmpty()) {
            maker.make(file);
        } else if (!take(folder.resolve(name), file)) {
            maker.make(file);
            keep(file, folder.resolve(name));
        }
    }

    /** Empty when nothing says what the guest's memory holds then, or what made the file. */
    private String name(Manifest manifest, long moment) {
        boolean known = manifest.getState() == RecordingState.COMPLETE && manifest.getEnd().getMoment() == moment
                && !manifest.getEnd().getFinalDigest().isEmpty();
        if (!known || build == Build.NONE) {
            return "";
        }
        MessageDigest digest = Digests.sha256();
        digest.update(manifest.toByteArray());
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, build));
        return HexFormat.of().formatHex(digest.digest(), 0, 16) + ".elf";
    }

    private static boolean take(Path kept, Path file) {
        try {
            if (!Files.isRegularFile(kept) || !Files.readString(sumOf(kept)).equals(sum(kept))) {
                return false;
            }
            linkOrCopy(kept, file);
            Files.setLastModifiedTime(kept, FileTime.from(Instant.now()));
            return true;
        } catch (IOException _) {
            // what cannot be read is made anew
            return false;
        }
    }

    /** A link is as good as a copy: nobody writes to either. It outlives the entry, which another process may remove. */
    private static void linkOrCopy(Path from, Path to) throws IOException {
        try {
            Files.createLink(to, from);
        } catch (IOException | UnsupportedOperationException _) {
            Files.copy(from, to);
        }
    }

    /** A cache that cannot be written is none; the symbols are there without. */
    private void keep(Path file, Path entry) {
        try {
            Files.createDirectories(folder);
            Path unfinished = Files.createTempFile(folder, ".unfinished-", null);
            try {
                Files.writeString(sumOf(entry), sum(file));
                Files.delete(unfinished);
                linkOrCopy(file, unfinished);
                Files.move(unfinished, entry, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(unfinished);
            }
            forgetOldest();
        } catch (IOException | UncheckedIOException _) {
            // made anew next time
        }
    }

    private void forgetOldest() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> entries = files.filter(file -> file.toString().endsWith(".elf"))
                    .sorted(Comparator.comparing(SymbolCache::lastUse).reversed())
                    .toList();
            for (Path entry : entries.subList(Math.min(MOST_ENTRIES, entries.size()), entries.size())) {
                Files.deleteIfExists(entry);
                Files.deleteIfExists(sumOf(entry));
            }
        }
    }

    private static FileTime lastUse(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path sumOf(Path entry) {
        return entry.resolveSibling(entry.getFileName() + SUM);
    }

    /** Of a file's bytes, against half-written files; the entry's name guards against others. */
    private static String sum(Path file) throws IOException {
        CRC32C sum = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 18);
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(buffer) >= 0) {
                sum.update(buffer.flip());
                buffer.clear();
            }
        }
        return Long.toHexString(sum.getValue());
    }
}
