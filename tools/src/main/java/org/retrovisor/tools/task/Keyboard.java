package org.retrovisor.tools.task;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.tools.live.LiveGuest;
import org.retrovisor.tools.terminal.EscapeKeys;
import org.retrovisor.tools.terminal.Surroundings;
import org.retrovisor.tools.terminal.Terminal;

/**
 * Passes standard input to a guest until closed. From a terminal, keys reach the guest one by one, but for those of
 * {@link EscapeKeys}; from elsewhere, all bytes as they come. The end of the input ends nothing else.
 */
final class Keyboard implements AutoCloseable {
    private static final int CHUNK = 4096;

    private final LiveGuest guest;
    private final InputStream in;
    private final PrintStream err;
    private final Terminal.RawMode raw;
    private volatile boolean closed;

    private Keyboard(LiveGuest guest, Surroundings surroundings) {
        this.guest = guest;
        this.in = surroundings.in();
        this.err = surroundings.err();
        boolean terminal = surroundings.terminal().input();
        this.raw = surroundings.terminal().raw();
        Thread thread = new Thread(terminal ? this::pumpKeys : this::pumpBytes, "keyboard");
        // A read from standard input cannot be interrupted; the process does not wait for it.
        thread.setDaemon(true);
        thread.start();
    }

    static Keyboard connect(LiveGuest guest, Surroundings surroundings) {
        return new Keyboard(guest, surroundings);
    }

    private void pumpBytes() {
        pump((bytes, length) -> guest.input().type(bytes, length));
    }

    private void pumpKeys() {
        EscapeKeys keys = new EscapeKeys(new EscapeKeys.Listener() {
            @Override
            public void typed(byte key) {
                guest.input().type(new byte[]{key}, 1);
            }

            @Override
            public void end() {
                guest.stop(StopReason.USER);
            }

            @Override
            public void help() {
                err.print(EscapeKeys.HELP);
                err.flush();
            }
        });
        pump((bytes, length) -> {
            for (int i = 0; i < length; i++) {
                keys.press(bytes[i]);
            }
        });
    }

    private interface Chunk {
        void take(byte[] bytes, int length);
    }

    private void pump(Chunk chunk) {
        byte[] bytes = new byte[CHUNK];
        try {
            int length = in.read(bytes);
            while (length >= 0 && !closed) {
                chunk.take(bytes, length);
                length = in.read(bytes);
            }
        } catch (IOException _) {
            // Nobody types any more; the guest goes on.
        }
    }

    @Override
    public void close() {
        closed = true;
        raw.close();
    }
}
