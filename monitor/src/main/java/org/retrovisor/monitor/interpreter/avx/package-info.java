/**
 * AVX, AVX2, FMA and F16C.
 *
 * <p>Most of these instructions do on each 128-bit lane of their vectors what an SSE instruction does: {@code LaneForms}
 * executes them through the semantics of that instruction, found by {@code SseTwins}. The rest is here. An instruction
 * with 128 bits clears the upper half of its destination.
 */
package org.retrovisor.monitor.interpreter.avx;
