/**
 * What the stub needs from whoever it debugs. The interfaces speak of processors, registers, memory and stops; nothing here
 * knows a packet, and nothing knows the monitor or a trace, so a toy machine can stand behind the stub in tests.
 */
package org.retrovisor.gdbstub.debuggee;
