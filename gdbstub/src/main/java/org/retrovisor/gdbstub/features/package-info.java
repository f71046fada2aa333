/**
 * What gdb is told about the machine: registers, their numbers and types, the target description and the memory map. Constant
 * data only; no state, no protocol.
 */
package org.retrovisor.gdbstub.features;
