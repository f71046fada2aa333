package org.retrovisor.tools.cli;

import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.interpreter.Interpreter;

/** What executes instructions. */
enum EngineChoice {
    /** The fastest there is. */
    auto,
    /** The reference engine. */
    interpreter,
    /** The fast engine, which this version does not have. */
    translator;

    boolean exists() {
        return this != translator;
    }

    Engine.Factory factory() {
        return Interpreter::new;
    }
}
