package org.retrovisor.monitor.interpreter;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.memory.GuestMemory;

/**
 * A run of instructions without a way in or out but at its ends, all starting in one page frame.
 *
 * <p>Only its last instruction may transfer control, touch what its successors were decoded under, or reach the boundary
 * by itself. An instruction that goes on into the next page stands alone in its block.
 */
public final class Block {
    final CodeSize codeSize;
    /** Where it starts in its frame. */
    final int frame;

    final int offset;
    final int bytes;
    /** The frame of the part on the next page, or -1. */
    final int secondFrame;
    /** Whether the bytes that it was decoded from are still in place. */
    boolean valid = true;
    /** Of the frame it starts in; null outside RAM. */
    FrameCode home;
    /** Next in the same bucket of the frame. */
    Block next;
    /** Whether it is among the frame's translated ones, and which of them is next. */
    boolean amongTranslated;

    Block nextTranslated;

    private Instruction[] instructions;
    /** Decodes it when it is known without: its translation was made before. */
    private Supplier<Instruction[]> decoder;

    private int warmth;
    private Object translation;
    /** How many bytes from its start on its translation depends on, which may include blocks behind it. */
    private int extent;
    private Runnable whenInvalid = () -> {};

    Block(Instruction[] instructions, CodeSize codeSize, int frame, int offset, int bytes, int secondFrame) {
        this.instructions = instructions;
        this.codeSize = codeSize;
        this.frame = frame;
        this.offset = offset;
        this.bytes = bytes;
        this.extent = bytes;
        this.secondFrame = secondFrame;
    }

    /** A block of known length, whose instructions are decoded when they are asked for. */
    Block(Supplier<Instruction[]> decoder, CodeSize codeSize, int frame, int offset, int bytes) {
        this(null, codeSize, frame, offset, bytes, -1);
        this.decoder = decoder;
    }

    /** The instructions; not to be changed. */
    public Instruction[] instructions() {
        if (instructions == null) {
            instructions = decoder.get();
        }
        return instructions;
    }

    /** Where it starts in its frame. */
    public int offset() {
        return offset;
    }

    /** How many bytes from its start on decide where it ends: its own, unless it ends before an instruction that crosses the page. */
    public int decidingBytes() {
        Instruction[] all = instructions();
        int room = GuestMemory.PAGE - offset;
        boolean byItself = all.length == BlockCache.LONGEST || all[all.length - 1].row.endsBlock();
        return byItself || bytes > room ? bytes : room;
    }

    /** The page frame that it starts in. */
    public int frame() {
        return frame;
    }

    /** Total length in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Whether its only instruction goes on into the next page. */
    public boolean spansPages() {
        return secondFrame >= 0;
    }

    /** Tells of each translated block of the frame that it starts in, itself among them. */
    public void forEachTranslatedOfFrame(Consumer<Block> told) {
        if (home != null) {
            home.forEachTranslated(told);
        }
    }

    /** What was kept of all translated blocks of the frame that it starts in; null when any of them may have changed since. */
    public long[] notesOfFrame() {
        return home == null ? null : home.notes();
    }

    /** Keeps what another engine wants to know of all of them, until one changes. */
    public void keepNotesOfFrame(long[] notes) {
        if (home != null) {
            home.keepNotes(notes);
        }
    }

    /** Counts one more execution; answers how many there were. */
    public int warmUp() {
        return ++warmth;
    }

    /** What another engine made of it; null for nothing. */
    public Object translation() {
        return translation;
    }

    /** The block directly behind it, if there is one in the same page that was found before; else null. */
    public Block following() {
        int end = offset + bytes;
        return home == null || end >= GuestMemory.PAGE ? null : home.find(end, codeSize);
    }

    /** How many bytes from its start on must not change for it and its translation to stay valid, all in its page. */
    int extent() {
        return Math.min(extent, GuestMemory.PAGE - offset);
    }

    /**
     * Keeps what another engine made of it, and what that engine does when the bytes are overwritten.
     *
     * @param ofBytes how many bytes from its start on that depends on
     */
    public void setTranslation(Object made, int ofBytes, Runnable onInvalid) {
        whenInvalid.run();
        translation = made;
        extent = Math.max(bytes, ofBytes);
        if (home != null) {
            home.noteTranslated(this);
        }
        whenInvalid = onInvalid;
    }

    void invalidate() {
        if (valid) {
            valid = false;
            whenInvalid.run();
            translation = null;
            keepNotesOfFrame(null);
        }
    }

    /** How many instructions are complete when the instruction under way ends {@code distance} bytes from the start. */
    int completedAt(long distance) {
        int end = 0;
        Instruction[] all = instructions();
        for (int i = 0; i < all.length; i++) {
            end += all[i].length;
            if (end >= distance) {
                return i;
            }
        }
        return all.length - 1;
    }
}
