/**
 * A recorded guest as something to debug: the target interface over the replay's timeline.
 *
 * <p>The only package of the stub that knows processors and traces. Virtual addresses of gdb are linear addresses of the
 * guest, and so is the program counter, also in 16-bit and 32-bit code.
 */
package org.retrovisor.gdbstub.replayed;
