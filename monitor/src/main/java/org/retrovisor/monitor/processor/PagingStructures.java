package org.retrovisor.monitor.processor;

import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * What one processor knows of the frames that it walked as paging structures, so that a write to one of them forgets no
 * more of the {@link Tlb} than it must.
 *
 * <p>An entry that was not present is in no translation: writing it forgets nothing. An entry of a last-level table that
 * is walked for one range of addresses only is in the translations of one page. All else forgets everything.
 */
final class PagingStructures {
    private static final int ENTRY_BYTES = 8;
    private static final int LAST_LEVEL = 12;
    private static final long PRESENT = 1;
    /** Uses of a frame; that of a last-level table is the linear address of its first page, plus one. */
    private static final long NEVER_WALKED = 0;

    private static final long SEVERAL_USES = 2;
    private static final long OTHER_ENTRIES = 4;
    /** So many writes without a walk between them, and the frame is taken for no table any more. */
    private static final int PATIENCE = 16;

    private final GuestMemory memory;
    private final Tlb tlb;
    private final long[] uses;
    private final byte[] writesSinceWalk;

    PagingStructures(GuestMemory memory, Tlb tlb) {
        this.memory = memory;
        this.tlb = tlb;
        this.uses = new long[memory.frameCount()];
        this.writesSinceWalk = new byte[memory.frameCount()];
    }

    /** A table of entries of 8 bytes was walked; {@code shift} is the lowest bit of the address that selects one. */
    void walked(long physical, long linear, int shift) {
        walked(physical, shift == LAST_LEVEL ? linear & -1L << LAST_LEVEL + 9 | 1 : SEVERAL_USES);
    }

    /** A table of entries of another kind was walked. */
    void walkedOther(long physical) {
        walked(physical, OTHER_ENTRIES);
    }

    private void walked(long physical, long use) {
        int frame = memory.frameAt(physical);
        if (frame >= 0) {
            long old = uses[frame];
            if (old != use) {
                boolean other = old == OTHER_ENTRIES || use == OTHER_ENTRIES;
                uses[frame] = other ? OTHER_ENTRIES : old == NEVER_WALKED ? use : SEVERAL_USES;
            }
            writesSinceWalk[frame] = 0;
            memory.mark(frame, GuestMemory.TABLE);
        }
    }

    /**
     * Bytes of a table are about to be written.
     *
     * @return whether everything must be forgotten; the frame need not be watched as a table then
     */
    boolean writing(int frame, int offset, int length) {
        long use = uses[frame];
        if (use == NEVER_WALKED) {
            return false;
        }
        int first = offset & -ENTRY_BYTES;
        boolean oneEntry = use != OTHER_ENTRIES && offset + length <= first + ENTRY_BYTES;
        if (!oneEntry || ++writesSinceWalk[frame] > PATIENCE) {
            return true;
        }
        long entry = HostMemory.get64(memory.hostOf(frame) + first);
        if ((entry & PRESENT) == 0) {
            return false;
        }
        if (use == SEVERAL_USES) {
            return true;
        }
        boolean executable = entry >= 0;
        tlb.flushPage((use & -1L << LAST_LEVEL) + ((long) first / ENTRY_BYTES << LAST_LEVEL), executable);
        return false;
    }

    /** All is forgotten, and the frame is watched as a table no more. */
    void forget(int frame) {
        uses[frame] = NEVER_WALKED;
    }
}
