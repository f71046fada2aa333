/** A toy machine with a recorded past, to stand behind the stub in tests. */
package org.retrovisor.gdbstub.toy;
