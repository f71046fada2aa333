package org.retrovisor.tools.cli;

import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.translator.Translator;
import org.retrovisor.tools.live.UserTranslations;

/** What executes instructions. */
enum EngineChoice {
    /** The translator where the host can run it, else the interpreter. */
    auto,
    /** The reference engine, on any host. */
    interpreter,
    /** Guest code as host code, on x86-64 hosts. */
    translator;

    /** Memory for generated code: reserved, not used before there is code. */
    private static final long CODE_BYTES = 256L << 20;

    /** Whether this host can run it. */
    boolean exists() {
        return this != translator || Translator.available();
    }

    Engine.Factory factory() {
        boolean translates = this == translator || this == auto && Translator.available();
        if (!translates) {
            return Interpreter::new;
        }
        UserTranslations translations = UserTranslations.ofProcess();
        return machine -> new Translator(machine, CODE_BYTES, translations.of(machine.model()));
    }
}
