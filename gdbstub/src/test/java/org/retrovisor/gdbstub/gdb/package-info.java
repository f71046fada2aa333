/** The stub driven by a real gdb. */
package org.retrovisor.gdbstub.gdb;
