package org.retrovisor.replay;

/**
 * A stop point that was reached.
 *
 * @param processor the number of the processor that is about to execute the instruction, or that touched the memory
 * @param linear the instruction's address, or the first of the watched bytes that were touched
 */
public record Hit(StopPoint point, int processor, long linear) {}
