/**
 * Guests to run: the small kernels that the tool carries inside, and Linux guests made from Debian's packages. Nothing
 * here knows how a guest is run, recorded or replayed.
 */
package org.retrovisor.tools.guests;
