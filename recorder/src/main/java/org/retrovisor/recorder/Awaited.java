package org.retrovisor.recorder;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Results of another thread. */
final class Awaited {
    private Awaited() {}

    /** Waits for a result; throws what the other thread threw, as it threw it. */
    static <T> T result(CompletableFuture<T> awaited) {
        try {
            return awaited.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                default -> throw e;
            }
        }
    }
}
