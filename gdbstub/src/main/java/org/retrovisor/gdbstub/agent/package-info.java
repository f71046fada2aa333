/**
 * Agent expressions: the bytecode in which gdb sends the condition of a breakpoint (GDB's manual, appendix "The GDB Agent
 * Expression Mechanism"). Checked once when it arrives, then evaluated without ever failing the stub. No protocol here.
 */
package org.retrovisor.gdbstub.agent;
