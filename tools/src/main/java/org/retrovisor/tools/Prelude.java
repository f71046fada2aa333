package org.retrovisor.tools;

import org.retrovisor.monitor.translator.Translator;

/** Sends Java's compiler to the back and loads the processor's tables, on another core, while the command line and the guest's files are read. */
final class Prelude {
    private Prelude() {}

    /** Begins, unless the command line is too short to need a processor. */
    static void begin(String... arguments) {
        if (arguments.length > 1) {
            Thread.ofPlatform().daemon().name("prelude").start(Prelude::perform);
        }
    }

    private static void perform() {
        CompilerPriority.lower();
        Translator.prepare();
    }
}
