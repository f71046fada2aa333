package org.retrovisor.monitor.boot;

/** The images do not fit in the machine's memory; the message says how much is needed. */
public final class NotEnoughMemoryException extends BootException {
    private static final long serialVersionUID = 1;

    /** @param message what does not fit, and how much memory it needs */
    public NotEnoughMemoryException(String message) {
        super("too little memory" + message);
    }
}
