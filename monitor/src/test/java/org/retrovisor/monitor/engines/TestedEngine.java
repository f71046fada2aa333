package org.retrovisor.monitor.engines;

import java.util.Arrays;
import java.util.stream.Stream;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.translator.Translator;

/** The engines that tests run guests on. */
public enum TestedEngine {
    INTERPRETER(Interpreter::new),
    /** Translates each block when it is executed for the first time. */
    TRANSLATOR(machine -> new Translator(machine, TestedEngine.CODE_BYTES, 1));

    private static final long CODE_BYTES = 1 << 20;

    private static TestedEngine current = INTERPRETER;

    private final Engine.Factory factory;

    TestedEngine(Engine.Factory factory) {
        this.factory = factory;
    }

    /** Makes engines of the kind that tests run on now; the interpreter where nothing else is said. */
    public static Engine.Factory current() {
        return current.factory;
    }

    static void use(TestedEngine engine) {
        current = engine;
    }

    static Stream<TestedEngine> ofHost() {
        return Arrays.stream(values()).filter(engine -> engine != TRANSLATOR || Translator.available());
    }
}
