package org.retrovisor.monitor.translator.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * Translations of earlier runs, in a file, and those that this run adds to it.
 *
 * <p>A block is found by its linear address and by the guest bytes that it was made of, all of which are compared; so a
 * translation is used exactly where it would be made again. The file is the user's own and holds host code: one that others can write,
 * that another build made or whose checksum is wrong is passed over, and replaced later. All machines of a process may share a store.
 */
public final class TranslationStore {
    /** Remembers nothing. */
    public static final TranslationStore NONE = new TranslationStore(null, 0, null);

    /** A file is not worth writing for fewer new blocks than this, nor for fewer than this part of what it holds: all of it is written. */
    private static final int WORTH_WRITING = 16;

    private static final int WORTHY_PART = 128;
    /** The file does not grow beyond this: blocks that the last run did not use go first. */
    private static final int LARGEST_FILE = 48 << 20;

    private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwx------");

    private final Path path;
    private final long build;
    /** The file, or null when there is none that can be used. */
    private final MemorySegment file;

    private final int buckets;
    /** Positions / 8 of entries that were found. */
    private final BitSet used = new BitSet();

    private final List<byte[]> added = new ArrayList<>();
    /** Checksums of what was added: helpers that execute the same code add the same. */
    private final Set<Long> known = new HashSet<>();

    private TranslationStore(Path path, long build, MemorySegment file) {
        this.path = path;
        this.build = build;
        this.file = file;
        this.buckets = file == null ? 0 : StoreLayout.getInt(file, StoreLayout.BUCKET_COUNT);
    }

    /**
     * Opens the store in a file, which need not exist.
     *
     * @param build names the translator: code of another one is not used
     */
    public static TranslationStore open(Path path, long build) {
        try {
            return new TranslationStore(path, build, read(path, build));
        } catch (IOException | UnsupportedOperationException e) {
            return NONE; // a host without POSIX permissions, or a file that cannot be read: everything works without it
        }
    }

    /** The contents of a file; null when it is not there or not one of ours. */
    private static MemorySegment read(Path path, long build) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            if (!isOurs(path) || channel.size() < StoreLayout.BUCKETS || channel.size() > 2L * LARGEST_FILE) {
                return null;
            }
            // mapped, and not copied: it is as large as half of what a guest touches, and is replaced as a whole
            MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            return isWhole(file, build) ? file : null;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static boolean isOurs(Path path) throws IOException {
        PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class);
        Set<PosixFilePermission> permissions = attributes.permissions();
        boolean closed = !permissions.contains(PosixFilePermission.GROUP_WRITE)
                && !permissions.contains(PosixFilePermission.OTHERS_WRITE);
        return closed && attributes.owner().equals(Files.getOwner(path.toAbsolutePath().getParent()));
    }

    private static boolean isWhole(MemorySegment file, long build) {
        int count = StoreLayout.getInt(file, StoreLayout.BUCKET_COUNT);
        return Integer.bitCount(count) == 1
                && count <= (file.byteSize() - StoreLayout.BUCKETS) / 4
                && StoreLayout.getLong(file, 0) == StoreLayout.MAGIC
                && StoreLayout.getLong(file, StoreLayout.BUILD) == build
                && StoreLayout.getLong(file, StoreLayout.SIZE) == file.byteSize()
                && StoreLayout.getLong(file, StoreLayout.CHECKSUM) == checksum(file);
    }

    private static long checksum(MemorySegment file) {
        CRC32C sum = new CRC32C();
        sum.update(file.asSlice(StoreLayout.BUCKETS).asByteBuffer());
        return sum.getValue();
    }

    /** Whether anything is remembered. */
    public boolean remembers() {
        return path != null;
    }

    /** How many translations of earlier runs there are. */
    public int size() {
        return file == null ? 0 : StoreLayout.getInt(file, StoreLayout.ENTRY_COUNT);
    }

    /**
     * The translation of the block at a linear address, or null.
     *
     * @param host where the guest's bytes at that address stand
     * @param available how many of them there are up to the end of the page
     */
    public FoundBlock find(long rip, boolean vectors, long host, int available) {
        if (file == null) {
            return null;
        }
        int at = firstIn(StoreLayout.bucket(rip, buckets));
        while (at != 0) {
            if (StoreLayout.getLong(file, at + StoreLayout.RIP) == rip && matches(at, vectors, host, available)) {
                note(at);
                return new FoundBlock(file, at);
            }
            at = 8 * StoreLayout.getInt(file, at + StoreLayout.NEXT);
        }
        return null;
    }

    private int firstIn(int bucket) {
        return 8 * StoreLayout.getInt(file, StoreLayout.BUCKETS + 4 * bucket);
    }

    private boolean matches(int at, boolean vectors, long host, int available) {
        int bytes = StoreLayout.getInt(file, at + StoreLayout.GUEST_BYTES);
        return StoreLayout.getInt(file, at + StoreLayout.VECTORS) == (vectors ? 1 : 0)
                && bytes <= available
                && HostMemory.same(file.address() + at + StoreLayout.ENTRY_HEADER, host, bytes);
    }

    private synchronized void note(int at) {
        used.set(at >>> 3);
    }

    /** Keeps a new translation, and the guest bytes that it was made of, for later runs. */
    public synchronized void add(StoredBlock block, byte[] guest) {
        if (path == null) {
            return;
        }
        byte[] entry = StoreLayout.entry(block, guest);
        CRC32C sum = new CRC32C();
        sum.update(entry);
        if (known.add(sum.getValue() ^ block.rip() << 32)) {
            added.add(entry);
        }
    }

    /** Writes the file anew if enough was added; what cannot be written is not worth a word. */
    public synchronized void save() {
        if (added.size() < Math.max(WORTH_WRITING, size() / WORTHY_PART)) {
            return;
        }
        try {
            write();
        } catch (IOException e) {
            // the next run is as slow as this one, and no more
        }
        added.clear();
    }

    private void write() throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(FOLDER));
        }
        Path unfinished = Files.createTempFile(
                folder, "translations", ".unfinished", PosixFilePermissions.asFileAttribute(OURS));
        try {
            Files.write(unfinished, contents());
            Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private byte[] contents() {
        List<byte[]> entries = new ArrayList<>(added);
        long size = added.stream().mapToLong(entry -> entry.length).sum();
        for (boolean wanted : new boolean[]{true, false}) { // what this run used goes before what it did not
            for (int at = firstEntry(); at < end(); at += StoreLayout.getInt(file, at + StoreLayout.ENTRY_SIZE)) {
                int bytes = StoreLayout.getInt(file, at + StoreLayout.ENTRY_SIZE);
                if (used.get(at >>> 3) == wanted && size + bytes <= LARGEST_FILE) {
                    byte[] entry = new byte[bytes];
                    MemorySegment.copy(file, ValueLayout.JAVA_BYTE, at, entry, 0, bytes);
                    entries.add(entry);
                    size += bytes;
                }
            }
        }
        return StoreFile.of(entries, build);
    }

    private int firstEntry() {
        return StoreLayout.aligned(StoreLayout.BUCKETS + 4 * buckets);
    }

    private int end() {
        return file == null ? 0 : (int) file.byteSize();
    }
}
