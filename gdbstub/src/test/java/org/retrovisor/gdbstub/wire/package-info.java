/** The line's own tests: bytes in, packets out. */
package org.retrovisor.gdbstub.wire;
