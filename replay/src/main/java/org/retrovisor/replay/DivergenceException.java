package org.retrovisor.replay;

/** The guest did something else than it did when it was recorded. */
public final class DivergenceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long event;
    private final long moment;

    DivergenceException(long event, long moment, String what) {
        super("replay left the recorded path at event %d, moment %d: %s".formatted(event, moment, what));
        this.event = event;
        this.moment = moment;
    }

    /** The number of the event that did not fit. */
    public long event() {
        return event;
    }

    /** The moment at which the guest left the path. */
    public long moment() {
        return moment;
    }
}
