/**
 * A recorded guest as something that gdb can debug: the timeline's verbs, registers and memory in the words of
 * {@link org.retrovisor.gdbstub.debuggee}, and the commands behind gdb's "monitor". No packet is known here, and nothing of
 * the machine but what {@link org.retrovisor.replay.inspect} shows.
 */
package org.retrovisor.gdbstub.replayed;
