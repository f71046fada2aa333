package org.retrovisor.monitor.boot;

/** A guest image cannot be started; the message is one line for the user. */
public sealed class BootException extends Exception permits NotEnoughMemoryException {
    private static final long serialVersionUID = 1;

    /** @param message what is wrong, and where it helps, what to do */
    public BootException(String message) {
        super(message);
    }
}
