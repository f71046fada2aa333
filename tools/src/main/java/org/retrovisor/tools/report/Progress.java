package org.retrovisor.tools.report;

import java.io.PrintStream;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** How far a long operation has come. A bar of it is shown only to people: see {@link #bar}. */
public interface Progress extends AutoCloseable {
    /** Shows nothing. */
    Progress NONE = (long reached) -> {};

    /** The operation has come this far. */
    void at(long reached);

    @Override
    default void close() {}

    /**
     * A bar on a stream that must be a terminal; closed, it is wiped away.
     *
     * @param unitSize how much of what is counted makes one unit
     */
    static Progress bar(PrintStream stream, String task, long total, String unitName, long unitSize) {
        return new WipedBar(stream, new ProgressBarBuilder().setTaskName(task)
                .setInitialMax(total)
                .setUnit(unitName, unitSize)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200));
    }

    /** Characters of a bar; it fits in any terminal. */
    int WIDTH = 78;
}
