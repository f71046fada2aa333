package org.retrovisor.tools.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks of options that several commands share. */
final class Checks {
    private Checks() {}

    /** The engine, if this version has it. */
    static EngineChoice existing(CommandSpec spec, EngineChoice engine) {
        if (!engine.exists()) {
            throw new ParameterException(spec.commandLine(),
                    "--engine " + engine + ": this version has no translator yet; use --engine interpreter or auto");
        }
        return engine;
    }
}
