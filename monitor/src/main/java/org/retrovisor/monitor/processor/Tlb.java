package org.retrovisor.monitor.processor;

import java.lang.foreign.Arena;
import java.util.Arrays;
import org.retrovisor.monitor.memory.HugePieces;

/**
 * The software TLB of one processor: a few address spaces side by side, so that a guest which switches between processes
 * finds its translations again.
 *
 * <p>An address space belongs to one value of CR3. As no entry is ever stale (see {@link PagingStructures}), one that was
 * filled long ago is as good as one that is filled now.
 */
final class Tlb {
    private static final int SPACES = 16;
    /** Stands for every value of CR3. */
    static final long ANY_ROOT = -2;

    private static final long NO_ROOT = -1;

    /** Where a frame was entered to be written; a page, or one of these. */
    private static final long NOWHERE = 1;

    private static final long ANYWHERE = 2;

    private final HugePieces memory = new HugePieces(Arena.ofAuto());
    private final long[] writableAt;
    private final Space[] spaces = new Space[SPACES];
    private Space current;
    /** The one in force before the last change. */
    private Space before;

    private int victim;
    private long generations;

    Tlb(int frames) {
        writableAt = new long[frames];
        Arrays.fill(writableAt, NOWHERE);
        spaces[0] = new Space(0);
        current = spaces[0];
        before = current;
    }

    /** The translations under one value of CR3. */
    final class Space {
        private final int number;
        private final TlbContext[] contexts = new TlbContext[Mmu.RIGHTS];
        /** Those of them that were made. */
        private TlbContext[] made = {};

        private long root = NO_ROOT;
        private long upperGeneration;
        private long lowerGeneration;
        private long parentGeneration;
        /** The pointers of PAE paging that its translations were found through. */
        private long[] pointers = {};

        private Space(int number) {
            this.number = number;
        }

        /** The entries for one kind of access right; made when they are asked for the first time. */
        TlbContext context(int rights) {
            if (contexts[rights] == null) {
                contexts[rights] = new TlbContext(memory);
                made = Arrays.copyOf(made, made.length + 1);
                made[made.length - 1] = contexts[rights];
            }
            return contexts[rights];
        }

        /** Which of the spaces it is, from 0. */
        int number() {
            return number;
        }

        /**
         * Tells where code at addresses like this one was found in this space before a flush from where it is found after
         * it; no two spaces share one.
         */
        long generation(long linear) {
            return linear < 0 ? upperGeneration : lowerGeneration;
        }

        private void renew(long linear) {
            if (linear < 0) {
                upperGeneration = ++generations;
            } else {
                lowerGeneration = ++generations;
            }
        }

        /** The generation of the upper half of the space that it inherited from; 0 for none. */
        long parentGeneration() {
            return parentGeneration;
        }

        private void inherit(Space parent) {
            for (int rights = 0; rights < contexts.length; rights++) {
                if (parent.contexts[rights] != null) {
                    context(rights).inheritUpperHalf(parent.contexts[rights]);
                }
            }
            parentGeneration = parent.upperGeneration;
        }

        private void begin(long newRoot) {
            parentGeneration = 0;
            for (TlbContext context : made) {
                context.flush();
            }
            root = newRoot;
            renew(0);
            renew(-1);
        }
    }

    /** The value of CR3 in force. */
    long root() {
        return current.root;
    }

    Space current() {
        return current;
    }

    /** How many spaces there are at most. */
    static int spaces() {
        return SPACES;
    }

    /** CR3 has this value now; answers whether its space is a new one, with nothing in it. */
    boolean select(long root) {
        if (current.root == root) {
            return false;
        }
        before = current;
        for (Space space : spaces) {
            if (space != null && space.root == root) {
                current = space;
                return false;
            }
        }
        current = nextSpace();
        current.begin(root);
        return true;
    }

    /** One that was forgotten, if there is: its tables are in memory that the host has found, and in its caches. Else the next in turn. */
    private Space nextSpace() {
        for (Space space : spaces) {
            if (space != null && space.root == NO_ROOT) {
                return space;
            }
        }
        victim = (victim + 1) % SPACES;
        if (spaces[victim] == null) {
            spaces[victim] = new Space(victim);
        }
        return spaces[victim];
    }

    /** These pointers of PAE paging are in force: forgets what was found from the same root through others. */
    void foundThrough(PagePointers pointers) {
        if (!pointers.same(current.pointers)) {
            current.pointers = pointers.copy();
            current.begin(current.root);
        }
    }

    /** The new space takes over the upper half of the one before, if that holds for it, too. */
    void inheritUpperHalf(PagingStructures structures) {
        if (before != current && before.root != NO_ROOT && structures.upperHalfIsTheSame(before.root, current.root)) {
            current.inherit(before);
        }
    }

    /** Forgets what was found from one root. */
    void flushRoot(long root) {
        for (Space space : spaces) {
            if (space != null && space.root == root) {
                space.begin(space == current ? root : NO_ROOT);
            }
        }
    }

    /** Forgets the lower half of what was found from one root. */
    void flushLowerHalf(long root) {
        for (Space space : spaces) {
            if (space != null && space.root == root) {
                for (TlbContext context : space.made) {
                    context.flushLowerHalf();
                }
                space.renew(0);
            }
        }
    }

    /** Forgets everything; {@code root} is in force from now on. */
    void flush(long root) {
        for (Space space : spaces) {
            if (space != null) {
                space.root = NO_ROOT;
            }
        }
        current.begin(root);
    }

    /**
     * Forgets one page.
     *
     * @param root the only root that it was ever found from, or {@link #ANY_ROOT}
     * @param executable whether code may have been fetched from it
     */
    void flushPage(long root, long linear, boolean executable) {
        for (Space space : spaces) {
            boolean concerned = space != null && space.root != NO_ROOT && (root == ANY_ROOT || root == space.root);
            if (concerned) {
                for (TlbContext context : space.made) {
                    context.flushPage(linear);
                }
                if (executable) {
                    space.renew(linear);
                }
            }
        }
    }

    /** Withdraws direct write access everywhere. */
    void flushWrites() {
        for (Space space : spaces) {
            if (space != null) {
                for (TlbContext context : space.made) {
                    context.flushWrites();
                }
            }
        }
    }

    /** A page that may be written directly is entered. */
    void noteWritable(int frame, long linear) {
        long page = linear & -4096L;
        if (writableAt[frame] != page) {
            writableAt[frame] = writableAt[frame] == NOWHERE ? page : ANYWHERE;
        }
    }

    /** Withdraws direct write access to a frame. */
    void revokeWrites(int frame, long hostPage) {
        long linear = writableAt[frame];
        writableAt[frame] = NOWHERE;
        for (int i = 0; i < SPACES && linear != NOWHERE; i++) {
            if (spaces[i] != null && spaces[i].root != NO_ROOT) {
                for (TlbContext context : spaces[i].made) {
                    if (linear == ANYWHERE) {
                        context.revokeWrites(hostPage);
                    } else {
                        context.revokeWrites(linear, hostPage);
                    }
                }
            }
        }
    }
}
