package org.retrovisor.tools.guests;

/** A guest can't be had on this host. The message is one sentence for the user: what is missing, what to do instead. */
public final class GuestUnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    /** A problem, and what to do instead. */
    public GuestUnavailableException(String problem, String remedy) {
        super(problem + "; " + remedy);
    }
}
