package org.retrovisor.replay.symbols;

/** There are no kernel symbols to be had; the message is one sentence that says why. */
public final class KernelSymbolsException extends Exception {
    private static final long serialVersionUID = 1;

    KernelSymbolsException(String message) {
        super(message);
    }
}
