package org.retrovisor.tools;

import java.util.Set;
import org.retrovisor.monitor.translator.Translator;
import org.retrovisor.recorder.Recorder;

/**
 * Sends Java's compiler to the back and loads the processor's tables and what a recording needs, on another core, while the command line and the
 * guest's files are read.
 */
final class Prelude {
    private static final Set<String> RECORDING = Set.of("record", "demo");

    private Prelude() {}

    /** Begins, unless the command line is too short to need a processor. */
    static void begin(String... arguments) {
        if (arguments.length > 1) {
            Thread.ofPlatform().daemon().name("prelude").start(() -> perform(RECORDING.contains(arguments[0])));
        }
    }

    private static void perform(boolean recording) {
        CompilerPriority.lower();
        Translator.prepare();
        if (recording) {
            Recorder.prepare();
        }
    }
}
