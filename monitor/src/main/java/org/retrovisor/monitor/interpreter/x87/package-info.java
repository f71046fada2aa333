/**
 * The x87 instructions as rows of the instruction table: availability and pending exceptions, memory operands, the
 * pointers to the last instruction.
 *
 * <p>What the instructions compute lives in {@link org.retrovisor.monitor.x87}; no arithmetic may live here.
 */
package org.retrovisor.monitor.interpreter.x87;
