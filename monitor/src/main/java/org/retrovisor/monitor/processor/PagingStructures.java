package org.retrovisor.monitor.processor;

import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * What one processor knows of the frames that it walked as paging structures, so that a write to one of them forgets no
 * more of the {@link Tlb} than it must.
 *
 * <p>For a last-level table that was walked for one range of addresses only, it knows which entries are in translations: a
 * write to one of them forgets one page, a write to another nothing, and a table without such entries is not watched any
 * more. In other tables, writing an entry that was not present forgets nothing, one of the lower half of a single address space
 * forgets that half, one of the upper half in a top-level table that address space, and all else everything. A table that is
 * written often without a walk has probably become something else: it is given up as soon as no entry is present.
 */
public final class PagingStructures {
    /** What a write to a frame means for this processor. */
    public enum Effect {
        /** Nothing was forgotten, or what had to be; the frame must be watched on. */
        SETTLED,
        /** The frame is in no translation of this processor. */
        UNUSED,
        /** Everything must be forgotten; the frame need not be watched then. */
        FORGET_ALL
    }

    private static final int ENTRY_BYTES = 8;
    private static final int ENTRIES = 512;
    private static final int TOP_LEVEL = 39;
    private static final int LAST_LEVEL = 12;
    private static final long PRESENT = 1;
    /** In the upper half of a top-level table are the entries that address spaces inherit from each other. */
    private static final int INHERITED_FROM = 2048;
    /** So many writes of entries that were not present, without a walk between them, and a table may be one no more. */
    private static final int PATIENCE = 4;

    private final GuestMemory memory;
    private final Tlb tlb;
    private final Table[] tables;
    /** Whether there is no other processor, for which a frame may be another kind of table. */
    private final boolean alone;

    PagingStructures(GuestMemory memory, Tlb tlb, boolean alone) {
        this.alone = alone;
        this.memory = memory;
        this.tlb = tlb;
        this.tables = new Table[memory.frameCount()];
    }

    /** One frame that was walked. */
    private static final class Table {
        private enum Kind {
            TOP, MIDDLE, LAST, OTHER
        }

        private Kind kind;
        /** Of a last-level table: the linear address of the first page, and which entries are in translations. */
        private long base;

        /**
         * The only value of CR3 that it was walked under; {@link Tlb#ANY_ROOT} for several. Below the top level, also for
         * what is in the upper half, where address spaces inherit from each other.
         */
        private long root;

        private final long[] used = new long[ENTRIES / Long.SIZE];
        private int usedCount;
        private int idleWrites;

        Table(Kind kind, long base) {
            this.kind = kind;
            this.base = base;
        }

        void noteRoot(long walkedUnder) {
            if (root != walkedUnder) {
                root = root == 0 ? walkedUnder : Tlb.ANY_ROOT;
            }
        }

        /** Whether it was not used before; it is now. */
        boolean use(int entry) {
            long bit = 1L << entry;
            boolean fresh = (used[entry >> 6] & bit) == 0;
            if (fresh) {
                used[entry >> 6] |= bit;
                usedCount++;
            }
            return fresh;
        }

        /** Whether it was used; it is not any more. */
        boolean release(int entry) {
            long bit = 1L << entry;
            boolean was = (used[entry >> 6] & bit) != 0;
            if (was) {
                used[entry >> 6] &= ~bit;
                usedCount--;
            }
            return was;
        }
    }

    /** A present entry of 8 bytes was walked; {@code shift} is the lowest bit of the address that selects it. */
    void walked(long physical, long linear, int shift) {
        if (shift == LAST_LEVEL) {
            Table table = note(physical, Table.Kind.LAST, linear & -1L << LAST_LEVEL + 9);
            if (table != null) {
                use(memory.frameAt(physical), table, (int) (physical & GuestMemory.PAGE - 1) / ENTRY_BYTES);
                table.noteRoot(linear < 0 ? Tlb.ANY_ROOT : tlb.root());
            }
        } else {
            Table table = note(physical, shift == TOP_LEVEL ? Table.Kind.TOP : Table.Kind.MIDDLE, 0);
            if (table != null) {
                table.noteRoot(linear < 0 && shift != TOP_LEVEL ? Tlb.ANY_ROOT : tlb.root());
            }
        }
    }

    /** An entry of another kind was walked. */
    void walkedOther(long physical) {
        note(physical, Table.Kind.OTHER, 0);
    }

    private Table note(long physical, Table.Kind kind, long base) {
        int frame = memory.frameAt(physical);
        if (frame < 0) {
            return null;
        }
        Table table = tables[frame];
        if (table == null) {
            table = new Table(kind, base);
            tables[frame] = table;
            if (alone) {
                memory.tables().clearUsed(frame);
            }
        } else if (table.kind != kind || table.base != base) {
            boolean entriesOf8 = table.kind != Table.Kind.OTHER && kind != Table.Kind.OTHER;
            boolean top = table.kind == Table.Kind.TOP || kind == Table.Kind.TOP;
            table.kind = !entriesOf8 ? Table.Kind.OTHER : top ? Table.Kind.TOP : Table.Kind.MIDDLE;
        }
        table.idleWrites = 0;
        memory.mark(frame, GuestMemory.TABLE);
        memory.noteLastLevelTable(frame, alone && table.kind == Table.Kind.LAST);
        return table;
    }

    /** Bytes of a frame that is watched as a table are about to be written. */
    Effect writing(int frame, int offset, int length) {
        Table table = tables[frame];
        if (table == null) {
            return Effect.UNUSED;
        }
        int first = offset & -ENTRY_BYTES;
        boolean oneEntry = table.kind != Table.Kind.OTHER && offset + length <= first + ENTRY_BYTES;
        if (!oneEntry) {
            return Effect.FORGET_ALL;
        }
        long entry = HostMemory.get64(memory.hostOf(frame) + first);
        if (table.kind == Table.Kind.LAST) {
            return writingLast(frame, table, first / ENTRY_BYTES, entry);
        }
        if (table.kind == Table.Kind.TOP && first >= INHERITED_FROM) {
            return writingInherited(frame, table);
        }
        if ((entry & PRESENT) == 0) {
            return writingUnused(frame, table);
        }
        if (table.root == Tlb.ANY_ROOT) {
            return Effect.FORGET_ALL;
        }
        tlb.flushLowerHalf(table.root);
        return Effect.SETTLED;
    }

    /** Other address spaces that took over translations of the upper half did so on the word of tables of their own. */
    private Effect writingInherited(int frame, Table table) {
        if (table.root == Tlb.ANY_ROOT) {
            return Effect.FORGET_ALL;
        }
        tlb.flushRoot(table.root);
        tables[frame] = null;
        return Effect.UNUSED;
    }

    private Effect writingUnused(int frame, Table table) {
        table.idleWrites++;
        boolean suspicious = table.kind != Table.Kind.TOP && table.idleWrites % PATIENCE == 0;
        if (!suspicious || anyPresent(frame)) {
            return Effect.SETTLED;
        }
        tables[frame] = null;
        return Effect.UNUSED;
    }

    private boolean anyPresent(int frame) {
        for (int offset = 0; offset < GuestMemory.PAGE; offset += ENTRY_BYTES) {
            if ((HostMemory.get64(memory.hostOf(frame) + offset) & PRESENT) != 0) {
                return true;
            }
        }
        return false;
    }

    private Effect writingLast(int frame, Table table, int number, long entry) {
        if (release(frame, table, number)) {
            boolean executable = entry >= 0;
            tlb.flushPage(table.root, table.base + ((long) number << LAST_LEVEL), executable);
        }
        if (table.usedCount > 0) {
            return Effect.SETTLED;
        }
        tables[frame] = null;
        return Effect.UNUSED;
    }

    private void use(int frame, Table table, int number) {
        if (table.use(number) && alone) {
            memory.tables().use(frame, number, true);
        }
    }

    private boolean release(int frame, Table table, int number) {
        boolean was = table.release(number);
        if (was && alone) {
            memory.tables().use(frame, number, false);
        }
        return was;
    }

    /** All is forgotten, and the frame is watched as a table no more. */
    void forget(int frame) {
        tables[frame] = null;
    }

    /**
     * Whether every translation of the upper half that was found from one top-level table holds for another one, too: all
     * entries that a walk may have used are the same. The other table counts as walked then.
     */
    boolean upperHalfIsTheSame(long root, long otherRoot) {
        int frame = memory.frameAt(root);
        int otherFrame = memory.frameAt(otherRoot);
        if (frame < 0 || otherFrame < 0) {
            return false;
        }
        for (int offset = INHERITED_FROM; offset < GuestMemory.PAGE; offset += ENTRY_BYTES) {
            long entry = HostMemory.get64(memory.hostOf(frame) + offset);
            boolean walked = (entry & PageWalker.WALKED) == PageWalker.WALKED;
            if (walked && entry != HostMemory.get64(memory.hostOf(otherFrame) + offset)) {
                return false;
            }
        }
        note(otherRoot, Table.Kind.TOP, 0).noteRoot(otherRoot);
        return true;
    }
}
