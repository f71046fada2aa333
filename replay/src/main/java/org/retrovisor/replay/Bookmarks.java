package org.retrovisor.replay;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.TraceException;

/** Moments of a recording that people gave names to. They are kept with the trace, where that is possible. */
public final class Bookmarks {
    /** More of them than this there are never. */
    public static final int MOST = 10_000;

    private final Trace trace;
    private final SortedMap<String, Long> moments;

    /**
     * Those of a timeline's trace.
     *
     * @throws TraceException when they are damaged
     */
    public Bookmarks(Timeline timeline) {
        this.trace = timeline.trace();
        this.moments = trace.bookmarks();
    }

    /** All, by name. */
    public Map<String, Long> all() {
        return Collections.unmodifiableMap(moments);
    }

    /** Whether a moment can be called so: 1 to 100 visible characters. */
    public static boolean isName(String name) {
        return Trace.isBookmarkName(name);
    }

    /** Gives a moment a name; returns the moment that had it before. */
    public Optional<Long> put(String name, long moment) {
        return Optional.ofNullable(moments.put(name, moment));
    }

    /** Forgets a name. */
    public void remove(String name) {
        moments.remove(name);
    }

    /** Writes them to the trace; answers with a sentence why that was not possible, or an empty text. */
    public String keep() {
        if (!trace.canKeepBookmarks()) {
            return "a packed trace stays as it is: its bookmarks last until you leave";
        }
        try {
            trace.keepBookmarks(moments);
            return "";
        } catch (TraceException e) {
            return "bookmarks last until you leave: " + e.getMessage();
        }
    }
}
