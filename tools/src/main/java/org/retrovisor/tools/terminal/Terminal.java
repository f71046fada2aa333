package org.retrovisor.tools.terminal;

/** Which standard streams are a terminal, and its raw mode. */
public interface Terminal {
    /** No stream is one. */
    Terminal NONE = new Terminal() {
        @Override
        public boolean input() {
            return false;
        }

        @Override
        public boolean output() {
            return false;
        }

        @Override
        public boolean error() {
            return false;
        }

        @Override
        public RawMode raw() {
            return () -> {
            };
        }
    };

    /** Whether standard input is a terminal. */
    boolean input();

    /** Whether standard output is a terminal. */
    boolean output();

    /** Whether standard error is a terminal. */
    boolean error();

    /**
     * Keys reach us at once and unchanged, Ctrl-C included, and are not echoed. If the terminal refuses, it stays as it is.
     */
    RawMode raw();

    /** Gives the terminal back as it was; more than once is harmless. */
    @FunctionalInterface
    interface RawMode extends AutoCloseable {
        @Override
        void close();
    }
}
