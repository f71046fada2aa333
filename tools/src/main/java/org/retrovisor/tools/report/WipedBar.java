package org.retrovisor.tools.report;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/** A bar on a terminal that leaves an empty line behind, and the cursor at its beginning. */
final class WipedBar implements Progress {
    private final PrintStream stream;
    private final ProgressBar bar;
    private boolean closed;

    WipedBar(PrintStream stream, ProgressBarBuilder builder) {
        this.stream = stream;
        this.bar = builder.setConsumer(new ConsoleProgressBarConsumer(stream, WIDTH) {
            @Override
            public void close() {
                // It would begin a new line.
            }
        }).build();
    }

    @Override
    public void at(long reached) {
        bar.stepTo(reached);
    }

    /** The library shows a bar once more whenever it is closed, and does not tell its consumer when that was quick. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            bar.close();
            stream.print("\r" + " ".repeat(WIDTH) + "\r");
            stream.flush();
        }
    }
}
