package org.retrovisor.gdbstub.packet;

/**
 * A thread as a packet names it: {@code p1.2}, {@code 2}, with 0 for any and -1 for all (GDB's manual, "Packets").
 *
 * @param process the process, {@link #ANY} when not given
 */
public record ThreadId(long process, long thread) {
    public static final long ANY = 0;
    public static final long ALL = -1;
    public static final ThreadId ANY_THREAD = new ThreadId(ANY, ANY);
    public static final ThreadId ALL_THREADS = new ThreadId(ALL, ALL);

    static ThreadId parse(PacketReader in) {
        if (!in.accept('p')) {
            return new ThreadId(ANY, in.signedNumber());
        }
        long process = in.signedNumber();
        return new ThreadId(process, in.accept('.') ? in.signedNumber() : ALL);
    }

    /** Whether the machine, our only process, is meant. */
    public boolean meansOurProcess() {
        return process == ALL || process == ANY || process == 1;
    }

    /** Whether no particular thread is meant. */
    public boolean isWildcard() {
        return thread == ANY || thread == ALL;
    }
}
