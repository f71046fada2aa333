package org.retrovisor.tools.terminal;

/**
 * Finds the keys that are for us among those that are typed: Ctrl-A and then a letter. All others are passed on.
 *
 * <p>Ctrl-A x ends the run, Ctrl-A h shows help, Ctrl-A Ctrl-A sends one Ctrl-A.
 */
public final class EscapeKeys {
    /** Shown for Ctrl-A h. */
    public static final String HELP = """

            Ctrl-A x        end the run
            Ctrl-A h        this help
            Ctrl-A Ctrl-A   send Ctrl-A
            """;

    private static final int CONTROL_A = 1;

    /** What the keys do. */
    public interface Listener {
        /** A key for the guest. */
        void typed(byte key);

        /** Ctrl-A x. */
        void end();

        /** Ctrl-A h, or a letter without meaning. */
        void help();
    }

    private final Listener listener;
    private boolean escaped;

    public EscapeKeys(Listener listener) {
        this.listener = listener;
    }

    /** A key was pressed. */
    public void press(byte key) {
        if (escaped) {
            escaped = false;
            command(key);
        } else if (key == CONTROL_A) {
            escaped = true;
        } else {
            listener.typed(key);
        }
    }

    private void command(byte key) {
        switch (key) {
            case CONTROL_A -> listener.typed(key);
            case 'x', 'X' -> listener.end();
            default -> listener.help();
        }
    }
}
