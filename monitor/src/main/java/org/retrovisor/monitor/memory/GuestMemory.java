package org.retrovisor.monitor.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The guest's RAM and what is known of each of its 4 KiB page frames.
 *
 * <pre>
 *   physical   0 .............. 3 GiB   3 GiB .. 4 GiB   4 GiB ...
 *              RAM (low part)           devices          RAM (the rest)
 * </pre>
 *
 * <p>640 KiB to 768 KiB is the old video window and not RAM. Frames are numbered in host order: frame n is the n-th page
 * of RAM, wherever it appears physically. All methods cost O(1) except the bulk ones.
 */
public final class GuestMemory implements AutoCloseable {
    /** Bytes of a page. */
    public static final int PAGE = 4096;
    /** Where RAM stops below 4 GiB and devices begin. */
    public static final long LOW_LIMIT = 3L << 30;

    /** Frame holds bytes that decoded blocks were made of. */
    public static final int CODE = 2;
    /** Frame was used as a paging structure since it was last written. */
    public static final int TABLE = 4;

    private static final int WATCHED = CODE | TABLE;
    /** Where devices stop and RAM goes on. */
    public static final long HIGH_BASE = 1L << 32;
    /** Where the old video window begins. */
    public static final long VIDEO = 0xA0000;
    /** Where RAM goes on behind the video window. */
    public static final long VIDEO_END = 0xC0000;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;
    private final long size;
    private final long lowSize;
    private final long host;
    private final byte[] frames;
    private final FrameSet dirty;
    private final FrameSet touched;
    private final TableNotes tables;
    private final LoadedPages loaded = new LoadedPages();
    private FrameWatcher watcher = FrameWatcher.NOBODY;
    private IntConsumer firstWrites = frame -> {};
    private Runnable closing = () -> {};

    /** RAM of {@code size} bytes, a multiple of the page size, all zero. */
    public GuestMemory(long size) {
        if (size <= 0 || size % PAGE != 0) {
            throw new IllegalArgumentException("guest memory of " + size + " bytes is not a number of pages");
        }
        this.size = size;
        this.lowSize = Math.min(size, LOW_LIMIT);
        this.segment = NativeMemory.allocateHuge(size, arena);
        this.host = segment.address();
        this.frames = new byte[Math.toIntExact(size / PAGE)];
        this.dirty = new FrameSet(frames.length);
        this.touched = new FrameSet(frames.length);
        this.tables = new TableNotes(frames.length, arena);
    }

    /** Bytes of RAM. */
    public long size() {
        return size;
    }

    /** Bytes of RAM below 4 GiB. */
    public long lowSize() {
        return lowSize;
    }

    /** Number of page frames. */
    public int frameCount() {
        return frames.length;
    }

    /** Who is told of writes to code and paging structures. */
    public void watch(FrameWatcher newWatcher) {
        this.watcher = newWatcher;
    }

    /** Who is told of a frame that is about to be written for the first time since {@link #clearDirty}, and still holds what it held then. */
    public void beforeFirstWrites(IntConsumer listener) {
        this.firstWrites = listener;
    }

    /** Who is told before this memory is gone, and waits for whoever reads it on another thread. */
    public void beforeClose(Runnable listener) {
        this.closing = listener;
    }

    /** The frame at a physical address, or -1 where there is no RAM. */
    public int frameAt(long physical) {
        if (physical >= 0 && physical < lowSize) {
            return physical >= VIDEO && physical < VIDEO_END ? -1 : (int) (physical >>> 12);
        }
        if (physical >= HIGH_BASE && physical - HIGH_BASE < size - lowSize) {
            return (int) (physical - HIGH_BASE + lowSize >>> 12);
        }
        return -1;
    }

    /** The physical address of a frame. */
    public long physicalOf(int frame) {
        long offset = (long) frame << 12;
        return offset < lowSize ? offset : offset - lowSize + HIGH_BASE;
    }

    /** The host address of a frame's first byte, valid until {@link #close}. */
    public long hostOf(int frame) {
        return host + ((long) frame << 12);
    }

    /** The frame that a host address of this memory is in. */
    public int frameOfHost(long address) {
        return (int) (address - host >>> 12);
    }

    /** Flags of a frame: {@link #CODE}, {@link #TABLE}. */
    public int flags(int frame) {
        return frames[frame];
    }

    /** Whether writes to the frame must be told to the watcher. */
    public boolean watched(int frame) {
        return (frames[frame] & WATCHED) != 0;
    }

    /** Notes that a frame will be written, before that is done. */
    public void markWritten(int frame) {
        if (!dirty.contains(frame)) {
            firstWrites.accept(frame);
            dirty.add(frame);
            touched.add(frame);
        }
        loaded.written(frame);
    }

    /** Sets {@link #CODE} or {@link #TABLE}; the watcher withdraws direct write access when the frame had neither. */
    public void mark(int frame, int flag) {
        int old = frames[frame];
        if ((old & flag) == 0) {
            frames[frame] = (byte) (old | flag);
            tables.set(frame, false);
            if ((old & WATCHED) == 0) {
                watcher.becameWatched(frame);
            }
        }
    }

    /** Clears {@link #CODE} or {@link #TABLE}. */
    public void unmark(int frame, int flag) {
        frames[frame] &= (byte) ~flag;
        tables.set(frame, false);
    }

    /** Says whether a frame is a paging structure of the last level, and no other; holds until it is marked or unmarked. */
    public void noteLastLevelTable(int frame, boolean is) {
        tables.set(frame, is && (frames[frame] & WATCHED) == TABLE);
    }

    /** What generated code must know of paging structures. */
    public TableNotes tables() {
        return tables;
    }

    /** No frame is dirty any more. The caller withdraws direct write access from all processors. */
    public void clearDirty() {
        dirty.clear();
    }

    /** Whether a frame was written since {@link #clearDirty}. */
    public boolean isDirty(int frame) {
        return dirty.contains(frame);
    }

    /** How many frames are dirty. */
    public int dirtyCount() {
        return dirty.count();
    }

    /** The frames that are dirty, ascending. */
    public int[] dirtyFrames() {
        return dirty.ascending();
    }

    /** Whether a frame was written since power-on. */
    public boolean isTouched(int frame) {
        return touched.contains(frame);
    }

    /** The frames that were written since power-on, ascending. */
    public int[] touchedFrames() {
        return touched.ascending();
    }

    /** To be called before a write to a frame for which {@link #watched} holds. */
    public void writing(int frame, int offset, int length) {
        watcher.writing(frame, offset, length);
    }

    /** Copies {@code length} bytes from physical memory; where there is no RAM, all ones. */
    public void read(long physical, byte[] to, int offset, int length) {
        int done = 0;
        while (done < length) {
            long at = physical + done;
            int chunk = Math.min(length - done, PAGE - (int) (at & PAGE - 1));
            int frame = frameAt(at);
            if (frame < 0) {
                Arrays.fill(to, offset + done, offset + done + chunk, (byte) -1);
            } else {
                HostMemory.read(hostOf(frame) + (at & PAGE - 1), to, offset + done, chunk);
            }
            done += chunk;
        }
    }

    /** Writes bytes to physical memory as a device would; where there is no RAM they are dropped. */
    public void write(long physical, byte[] from, int offset, int length) {
        int done = 0;
        while (done < length) {
            long at = physical + done;
            int inPage = (int) (at & PAGE - 1);
            int chunk = Math.min(length - done, PAGE - inPage);
            int frame = frameAt(at);
            if (frame >= 0) {
                if (watched(frame)) {
                    writing(frame, inPage, chunk);
                }
                markWritten(frame);
                HostMemory.write(hostOf(frame) + inPage, from, offset + done, chunk);
            }
            done += chunk;
        }
    }

    /** Writes bytes to physical memory as a device would. */
    public void write(long physical, byte[] bytes) {
        write(physical, bytes, 0, bytes.length);
    }

    /** Writes bytes from an array that nobody changes, before the guest begins. */
    public void load(long physical, byte[] from, int offset, int length) {
        write(physical, from, offset, length);
        int inFirst = (int) (-physical & PAGE - 1);
        int count = (length - inFirst) / PAGE;
        int first = frameAt(physical + inFirst);
        boolean inRow = count > 0 && first >= 0
                && frameAt(physical + inFirst + (count - 1L) * PAGE) == first + count - 1;
        if (inRow) {
            loaded.add(first, count, from, offset + inFirst);
        }
    }

    /** What {@link #load} wrote. */
    public LoadedPages loaded() {
        return loaded;
    }

    @Override
    public void close() {
        closing.run();
        arena.close();
    }
}
