package org.retrovisor.monitor.processor;

/**
 * The software TLB of one processor: a few address spaces side by side, so that a guest which switches between processes
 * finds its translations again.
 *
 * <p>An address space belongs to one value of CR3. As no entry is ever stale (see {@link PagingStructures}), one that was
 * filled long ago is as good as one that is filled now.
 */
final class Tlb {
    private static final int SPACES = 16;
    private static final long NO_ROOT = -1;

    private final Space[] spaces = new Space[SPACES];
    private Space current;
    private int victim;
    private long generations;

    Tlb() {
        spaces[0] = new Space(0);
        current = spaces[0];
    }

    /** The translations under one value of CR3. */
    final class Space {
        private final int number;
        private final TlbContext[] contexts = {
            new TlbContext(), new TlbContext(), new TlbContext(), new TlbContext()};
        private long root = NO_ROOT;
        private long generation;

        private Space(int number) {
            this.number = number;
        }

        /** The entries for one kind of access right. */
        TlbContext context(int rights) {
            return contexts[rights];
        }

        /** Which of the spaces it is, from 0. */
        int number() {
            return number;
        }

        /** Tells what was found in this space before a flush from what is found after it; no two spaces share one. */
        long generation() {
            return generation;
        }

        private void begin(long newRoot) {
            for (TlbContext context : contexts) {
                context.flush();
            }
            root = newRoot;
            generation = ++generations;
        }
    }

    Space current() {
        return current;
    }

    /** How many spaces there are at most. */
    static int spaces() {
        return SPACES;
    }

    /** CR3 has this value now. */
    void select(long root) {
        if (current.root == root) {
            return;
        }
        for (Space space : spaces) {
            if (space != null && space.root == root) {
                current = space;
                return;
            }
        }
        victim = (victim + 1) % SPACES;
        if (spaces[victim] == null) {
            spaces[victim] = new Space(victim);
        }
        current = spaces[victim];
        current.begin(root);
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
     * Forgets one page in all spaces.
     *
     * @param executable whether code may have been fetched from it
     */
    void flushPage(long linear, boolean executable) {
        for (Space space : spaces) {
            if (space != null && space.root != NO_ROOT) {
                for (TlbContext context : space.contexts) {
                    context.flushPage(linear);
                }
                if (executable) {
                    space.generation = ++generations;
                }
            }
        }
    }

    /** Withdraws direct write access everywhere. */
    void flushWrites() {
        for (Space space : spaces) {
            if (space != null) {
                for (TlbContext context : space.contexts) {
                    context.flushWrites();
                }
            }
        }
    }

    /** Withdraws direct write access to the host page. */
    void revokeWrites(long hostPage) {
        for (Space space : spaces) {
            if (space != null && space.root != NO_ROOT) {
                for (TlbContext context : space.contexts) {
                    context.revokeWrites(hostPage);
                }
            }
        }
    }
}
