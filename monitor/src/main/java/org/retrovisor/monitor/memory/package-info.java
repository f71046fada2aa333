/**
 * Guest RAM: off-heap bytes, the page frames' bookkeeping, and the door to the host's memory.
 *
 * <p>Only {@link org.retrovisor.monitor.memory.HostMemory} dereferences host addresses and only
 * {@link org.retrovisor.monitor.memory.NativeMemory} calls native functions. Virtual addresses are the processor's
 * business and unknown here.
 */
package org.retrovisor.monitor.memory;
