/**
 * Kernel symbols out of the guest's own memory, for a debugger that was given none.
 *
 * <p>{@link org.retrovisor.replay.symbols.KernelSymbols} finds Linux and its symbol table,
 * {@link org.retrovisor.replay.symbols.KernelElf} makes an ELF file of it that gdb loads, with call-frame information
 * translated from the kernel's own unwind tables. All input is the guest's and therefore distrusted: every table is
 * checked against the memory that it claims to lie in, and searches are bounded. Nothing here moves the guest or writes
 * to it, and nothing here knows of the debugger's protocol.
 */
package org.retrovisor.replay.symbols;
