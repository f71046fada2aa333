/**
 * The gdb remote serial protocol. Netty is used in the framing only.
 */
package org.retrovisor.gdbstub;
