/**
 * Test suites that others wrote, obtained by the name of a package, built with the host's gcc and run inside a guest.
 * Nothing of a suite is part of this program. How a suite's programs are found is in the classes that end in Suite;
 * everything else here knows no suite by name.
 */
package org.retrovisor.tools.conformance;
