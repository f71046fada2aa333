package org.retrovisor.tools.live;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.regex.Pattern;
import org.retrovisor.monitor.platform.ByteSink;

/** The guest's console: counted, passed on line by line or when the guest pauses, and matched against an expression. */
final class ConsoleOutput implements ByteSink {
    private static final int LONGEST_LINE = 4096;

    private final OutputStream out;
    private final Pattern stopOn;
    private final Runnable onMatch;
    private final StringBuilder line = new StringBuilder();
    private final byte[] buffer = new byte[LONGEST_LINE];
    private int buffered;
    private long count;

    ConsoleOutput(OutputStream out, Pattern stopOn, Runnable onMatch) {
        this.out = out;
        this.stopOn = stopOn;
        this.onMatch = onMatch;
    }

    @Override
    public void put(int value) {
        count++;
        buffer[buffered++] = (byte) value;
        if (value == '\n' || buffered == buffer.length) {
            flush();
        }
        if (stopOn != null) {
            match(value);
        }
    }

    private void match(int value) {
        if (value == '\n' || line.length() == LONGEST_LINE) {
            line.setLength(0);
        } else {
            line.append((char) value);
            if (stopOn.matcher(line).find()) {
                onMatch.run();
            }
        }
    }

    /** Bytes so far. */
    long count() {
        return count;
    }

    void flush() {
        try {
            out.write(buffer, 0, buffered);
            out.flush();
            buffered = 0;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the guest's console", e);
        }
    }
}
