package org.retrovisor.tools.cli;

/** Descriptions of options that several commands share. */
final class Texts {
    static final String JSON = "print one JSON object on standard output and nothing else there;"
            + " the guest's console then goes to standard error";
    static final String KEYS = "At a terminal, Ctrl-A x ends the run, Ctrl-A h shows help, and Ctrl-A Ctrl-A sends"
            + " Ctrl-A; all other keys go to the guest.";
    static final String JSON_ONLY = "print one JSON object";
    static final String TRACE = "a trace directory, or a file made by pack";
    static final String ENGINE = "what executes instructions: the reference interpreter, the translator to"
            + " host code (x86-64 Linux), or the faster one that this host can run; default ${DEFAULT-VALUE}";
    static final String STATS = "show what the engine counted: exits from generated code by cause, and more";
    static final String ENGINES = "auto|interpreter|translator";

    private Texts() {}
}
