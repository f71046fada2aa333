package org.retrovisor.replay.symbols;

/**
 * An entry of an unwind table.
 *
 * @param offset from where on it holds, counted from the kernel's beginning
 * @param flags registers and type, as {@link OrcLayout} shows
 */
record SyntheticOrc(int offset, int spOffset, int bpOffset, int flags) {}
