/**
 * The interpreter's semantics of MMX and SSE: which row does what to which operands.
 *
 * <p>Every instruction first makes sure that it may execute at all ({@code Processor.requireSse}), then touches memory,
 * then commits. What may not live here: arithmetic that is more than moving operands; it belongs to
 * {@link org.retrovisor.monitor.sse}.
 */
package org.retrovisor.monitor.interpreter.sse;
