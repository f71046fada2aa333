package org.retrovisor.trace;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import org.retrovisor.trace.proto.MachineStateHead;
import org.retrovisor.trace.proto.StoredFile;

/**
 * Writes a machine state: the initial state of a trace, without its pages of zeros, or a checkpoint, which has a page of
 * zeros where the state before it has another.
 *
 * <p>The file has its name only after {@link #finish}; until then, and if {@link #close} comes first, there is none.
 */
public final class MachineStateWriter implements AutoCloseable {

    private static final long[] ZEROS = new long[StateLayout.WORDS];

    private final Path path;
    private final Path part;
    private final OutputStream out;
    /** Of an initial state, which the manifest tells; null for a checkpoint, whose blocks have checksums only. */
    private final MessageDigest digest;

    private final long pagesOfMemory;
    private final boolean keepZeros;
    private final boolean differences;
    private final StateBlock block;
    private long total;
    private long lastNumber = -1;
    private long size;
    private boolean finished;

    /**
     * For an initial state.
     *
     * @param block in which pages are gathered; it may serve another writer afterwards
     */
    public MachineStateWriter(Path path, MachineStateHead head, StateBlock block) {
        this(path, head, block, false);
    }

    /** For a checkpoint: pages of zeros are kept. */
    static MachineStateWriter ofCheckpoint(Path path, MachineStateHead head, StateBlock block) {
        return new MachineStateWriter(path, head, block, true);
    }

    private MachineStateWriter(Path path, MachineStateHead head, StateBlock block, boolean keepZeros) {
        this.path = path;
        this.block = block.emptied();
        this.keepZeros = keepZeros;
        this.digest = keepZeros ? null : Digests.sha256();
        this.differences = keepZeros && head.getPageDifferences();
        this.part = path.resolveSibling(path.getFileName() + ".part");
        this.pagesOfMemory = head.getMemoryBytes() / StateLayout.PAGE;
        try {
            out = Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE);
            writeHead(head.toByteArray());
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot write " + path, e);
        }
    }

    private void writeHead(byte[] head) throws IOException {
        if (head.length > StateLayout.MAX_HEAD) {
            throw new IllegalArgumentException("a head of " + head.length + " bytes is too long");
        }
        ByteBuffer prefix = littleEndian(StateLayout.PREFIX_BYTES).put(StateLayout.MAGIC).putInt(head.length)
                .putInt(BatchLayout.checksum(head, 0, head.length));
        put(prefix.array(), StateLayout.PREFIX_BYTES);
        put(head, head.length);
    }

    /**
     * Adds one page; one of zeros only to a checkpoint.
     *
     * @param number its physical address divided by 4096, above that of the page before
     * @param page its 4096 bytes as 512 little-endian numbers
     */
    public void page(long number, long[] page) {
        put(number, page, 0);
    }

    /**
     * The same for bytes XOR what the page held at the state before; only in a checkpoint whose head says that there are differences.
     */
    public void difference(long number, long[] difference) {
        if (!differences) {
            throw new IllegalStateException("the head does not speak of differences");
        }
        put(number, difference, StateLayout.DIFFERENCE);
    }

    private void put(long number, long[] page, long mark) {
        if (number <= lastNumber || number >= pagesOfMemory) {
            throw new IllegalArgumentException("page " + number + " is outside RAM or out of order");
        }
        lastNumber = number;
        if (!keepZeros && Arrays.equals(page, ZEROS)) {
            return;
        }
        block.add(number | mark, page);
        if (block.isFull()) {
            writeBlock();
        }
    }

    /** Writes the rest and gives the file its name; returns its description for the manifest, of a checkpoint without digest. */
    public StoredFile finish() {
        if (block.count() > 0) {
            writeBlock();
        }
        byte[] last = littleEndian(StateLayout.LAST_BLOCK_BYTES).putLong(total).array();
        try {
            putBlock(0, last, last.length);
            out.close();
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot write " + path, e);
        }
        finished = true;
        StoredFile.Builder file = StoredFile.newBuilder().setName(path.getFileName().toString()).setSizeBytes(size);
        return digest == null ? file.build() : file.setSha256(ByteString.copyFrom(digest.digest())).build();
    }

    private void writeBlock() {
        int pages = block.count();
        int length = block.compress();
        try {
            putBlock(pages, block.stored(), length);
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot write " + path, e);
        }
        total += pages;
    }

    private void putBlock(int pages, byte[] bytes, int length) throws IOException {
        ByteBuffer header = littleEndian(StateLayout.BLOCK_HEADER).putInt(pages).putInt(length)
                .putInt(BatchLayout.checksum(bytes, 0, length));
        header.putInt(BatchLayout.checksum(header.array(), 0, 12));
        put(header.array(), StateLayout.BLOCK_HEADER);
        put(bytes, length);
    }

    private void put(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
        if (digest != null) {
            digest.update(bytes, 0, length);
        }
        size += length;
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.wrap(new byte[bytes]).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {
        if (!finished) {
            try {
                out.close();
                Files.deleteIfExists(part);
            } catch (IOException e) {
                throw TraceException.inputOutput("cannot remove " + part, e);
            }
        }
    }
}
