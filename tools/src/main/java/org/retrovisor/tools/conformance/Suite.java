package org.retrovisor.tools.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A suite of small C programs in the sources of a Debian package. */
interface Suite {
    /** What commands call it. */
    String name();

    /** The Debian package with its sources. */
    String sourcePackage();

    /** Where the package puts the archive with the sources; the last part is a pattern for a file's name. */
    String archive();

    /** What to take out of the archive, as patterns of tar. */
    List<String> members();

    /** Whether its programs test the processor alone, so that they pass on any host's processor that is right. */
    boolean runsOnHost();

    /** All programs that can be built and make sense on their own. */
    List<SuiteProgram> programs(Path sources) throws IOException;
}
