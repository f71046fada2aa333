package org.retrovisor.gdbstub.debuggee;

/**
 * Tells a running operation that the user pressed Ctrl-C or went away. An operation that may take longer than a few
 * milliseconds asks now and then; asking costs one volatile read. Once requested, it stays requested.
 */
public interface Interruption {
    Interruption NEVER = () -> false;

    boolean requested();
}
