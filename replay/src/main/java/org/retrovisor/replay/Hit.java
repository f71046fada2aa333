package org.retrovisor.replay;

/**
 * A stop point that was reached.
 *
 * @param processor the number of the processor that is about to execute the instruction, or that touched the memory
 * @param address the instruction's linear address, or that of the first of the watched bytes that were touched, linear
 *     or physical like the stop point
 */
public record Hit(StopPoint point, int processor, long address) {}
