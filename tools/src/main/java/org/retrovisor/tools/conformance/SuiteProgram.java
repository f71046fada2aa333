package org.retrovisor.tools.conformance;

import java.nio.file.Path;
import java.util.List;

/**
 * One program of a suite: it passes when it exits with 0.
 *
 * @param bits 32 or 64: the code it is built to
 * @param folder where the compiler runs
 * @param arguments options and source files for the compiler
 */
record SuiteProgram(String suite, String name, int bits, Path folder, List<String> arguments) {
    SuiteProgram {
        if (!name.matches("[A-Za-z0-9_.+-]+")) {
            throw new IllegalArgumentException("not a name that a guest's shell takes as it is: " + name);
        }
    }

    /** The name with the size of code, as reports have it and as the file in the guest is called. */
    String id() {
        return name + "-" + bits;
    }
}
