package org.retrovisor.tools;

/** What the process says when it ends. The numbers are documented in docs/user-guide.md and never change. */
public enum ExitCode {
    /** Done; that the recorded guest crashed or reset is a success. */
    OK(0, "done; a guest that crashed as recorded is a success"),
    /** The command line is wrong. */
    USAGE(2, "the command line is wrong"),
    /** The kernel or initial RAM disk is not one, or cannot be started. */
    BAD_GUEST(3, "the guest image is not a kernel that can be started"),
    /** A file that was named is not there or cannot be read. */
    MISSING_FILE(4, "a file is missing or cannot be read"),
    /** The output exists; it was left as it is. */
    OUTPUT_EXISTS(5, "the output exists already; it was left as it is"),
    /** The output cannot be written. */
    OUTPUT_UNWRITABLE(6, "the output cannot be written"),
    /** The guest does not fit in its memory, or the host has not that much. */
    TOO_LITTLE_MEMORY(7, "too little memory for the guest, or on the host"),
    /** The trace is not one, is damaged, or is of a later version. */
    BAD_TRACE(8, "the trace is not one, is damaged, or is too new"),
    /** A replay left the recorded path, or ended in another state. */
    DIVERGED(9, "the replay left the recorded path"),
    /** The address to listen on is taken or not allowed. */
    PORT_IN_USE(10, "the address to listen on is in use or not allowed"),
    /** A program of the host that the command needs is not installed. */
    MISSING_TOOL(11, "a program that the command needs is missing"),
    /** The processor model differs from the processor of this host, or fails a suite, where it should not. */
    DISAGREES(12, "the processor model differs from this host's processor, or fails a suite"),
    /** The file with symbols is not one, or is another kernel's. */
    BAD_SYMBOLS(13, "the file with symbols is not one, or another kernel's"),
    /** A fault of Retrovisor itself. */
    INTERNAL(70, "a fault of Retrovisor itself"),
    /** Ended by SIGINT, SIGTERM or SIGHUP; a recording under way was closed in order. */
    INTERRUPTED(130, "ended by a signal; a recording under way is complete");

    private final int number;
    private final String meaning;

    ExitCode(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    /** The number that the shell sees. */
    public int number() {
        return number;
    }

    /** What it means, in a few words. */
    public String meaning() {
        return meaning;
    }
}
