package org.retrovisor.trace;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.retrovisor.trace.proto.MachineStateHead;
import org.retrovisor.trace.proto.ProcessorState;

/** Reads a machine state file, once, from its start to its end. */
public final class MachineStateReader implements AutoCloseable {

    /** Takes the pages of a state. */
    @FunctionalInterface
    public interface PageSink {
        /**
         * Takes a page. In an initial state it is not all zeros.
         *
         * @param number its physical address divided by 4096
         * @param page 4096 bytes, valid during the call only
         */
        void page(long number, MemorySegment page);
    }

    /** Takes the pages of a checkpoint. */
    @FunctionalInterface
    public interface ChangeSink {
        /**
         * Takes a page.
         *
         * @param number its physical address divided by 4096
         * @param page 4096 bytes, valid during the call only
         * @param difference whether they are XOR what the page held at the checkpoint before, or in the initial state
         */
        void page(long number, MemorySegment page, boolean difference);
    }

    private final Path path;
    private final InputStream in;
    private final MachineStateHead head;
    private final byte[] raw = new byte[StateLayout.MAX_RAW];
    private final MemorySegment rawSegment = MemorySegment.ofArray(raw);
    private long total;
    private long lastNumber = -1;

    private MachineStateReader(Path path, InputStream in) throws IOException {
        this.path = path;
        this.in = in;
        this.head = readHead();
        checkHead();
    }

    /** Opens a file and reads its head. */
    public static MachineStateReader open(Path path) {
        try {
            InputStream in = new BufferedInputStream(Files.newInputStream(path), 1 << 16);
            try {
                return new MachineStateReader(path, in);
            } catch (IOException | RuntimeException e) {
                in.close();
                throw e;
            }
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot read " + path, e);
        }
    }

    public MachineStateHead head() {
        return head;
    }

    /**
     * Hands all pages to {@code sink} in ascending order. RAM that gets no page is zero in an initial state, and as it was
     * before in a checkpoint. Returns their number.
     */
    public long pages(PageSink sink) {
        return changes((number, page, difference) -> {
            require(!difference, "it has differences to a state before it");
            sink.page(number, page);
        });
    }

    /** The same for a checkpoint, whose pages may be stored as differences. */
    public long changes(ChangeSink sink) {
        try {
            while (readBlock(sink)) {
                // until the last block
            }
            require(in.read() < 0, "bytes follow its end");
            return total;
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot read " + path, e);
        }
    }

    private MachineStateHead readHead() throws IOException {
        ByteBuffer prefix = littleEndian(read(StateLayout.PREFIX_BYTES));
        byte[] magic = new byte[StateLayout.MAGIC.length];
        prefix.get(magic);
        require(Arrays.equals(magic, StateLayout.MAGIC), "it does not start like a machine state");
        int length = prefix.getInt();
        int checksum = prefix.getInt();
        require(length >= 1 && length <= StateLayout.MAX_HEAD, "its head has an impossible length");
        byte[] bytes = read(length);
        require(BatchLayout.checksum(bytes, 0, length) == checksum, "its head does not match its checksum");
        try {
            return MachineStateHead.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw TraceException.corrupt("%s is corrupt: its head does not parse", path);
        }
    }

    private void checkHead() {
        if (head.getFormatVersion() > StateLayout.FORMAT) {
            throw new TraceException(TraceException.Reason.UNKNOWN_VERSION, path + " has format "
                    + head.getFormatVersion() + ", and this version reads " + StateLayout.FORMAT
                    + "; use a newer retrovisor");
        }
        require(head.getFormatVersion() >= 1, "its head has no format");
        require(head.getPageDifferences() == (head.getFormatVersion() == StateLayout.FORMAT),
                "its format is not that of its pages");
        require(head.getMoment() >= 0, "its moment is negative");
        require(ManifestValidator.isMemorySize(head.getMemoryBytes()), "its memory has an impossible size");
        require(head.getProcessorsCount() >= 1 && head.getProcessorsCount() <= ManifestValidator.MAX_PROCESSORS,
                "it has " + head.getProcessorsCount() + " processors");
        require(Integer.compareUnsigned(head.getRunningProcessor(), head.getProcessorsCount()) < 0,
                "it runs a processor that it has not");
        for (ProcessorState processor : head.getProcessorsList()) {
            require(!processor.getState().isEmpty(), "one of its processors has no state");
        }
    }

    /** False at the last block. */
    private boolean readBlock(ChangeSink sink) throws IOException {
        byte[] header = read(StateLayout.BLOCK_HEADER);
        ByteBuffer fields = littleEndian(header);
        int pages = fields.getInt();
        int length = fields.getInt();
        int checksum = fields.getInt();
        require(fields.getInt() == BatchLayout.checksum(header, 0, 12), "a block does not match its checksum");
        require(pages >= 0 && pages <= StateLayout.MAX_PAGES, "a block claims " + pages + " pages");
        require(length >= 1 && length <= Zstd.compressBound(StateLayout.MAX_RAW), "a block has an impossible length");
        byte[] stored = read(length);
        require(BatchLayout.checksum(stored, 0, length) == checksum, "a block does not match its checksum");
        if (pages == 0) {
            require(length == StateLayout.LAST_BLOCK_BYTES && littleEndian(stored).getLong() == total,
                    "it has another number of pages than it claims");
            return false;
        }
        deliver(pages, stored, sink);
        return true;
    }

    private void deliver(int pages, byte[] stored, ChangeSink sink) {
        int length = pages * (8 + StateLayout.PAGE);
        try {
            require(Zstd.decompressByteArray(raw, 0, length, stored, 0, stored.length) == length,
                    "a block is shorter than it claims");
        } catch (ZstdException e) {
            throw new TraceException(TraceException.Reason.CORRUPT,
                    path + " is corrupt: a block does not decompress", e);
        }
        ByteBuffer numbers = littleEndian(raw);
        long pagesOfMemory = head.getMemoryBytes() / StateLayout.PAGE;
        for (int i = 0; i < pages; i++) {
            long entry = numbers.getLong();
            boolean difference = entry < 0 && head.getPageDifferences();
            long number = difference ? entry & Long.MAX_VALUE : entry;
            require(number > lastNumber && number < pagesOfMemory, "its pages are outside RAM or out of order");
            lastNumber = number;
            sink.page(number, rawSegment.asSlice(8L * pages + (long) i * StateLayout.PAGE, StateLayout.PAGE),
                    difference);
        }
        total += pages;
    }

    private byte[] read(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw TraceException.corrupt("%s was cut short; take another copy of the trace", path);
        }
        return bytes;
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw TraceException.corrupt("%s is corrupt: %s", path, otherwise);
        }
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot close " + path, e);
        }
    }
}
