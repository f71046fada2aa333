/**
 * The arithmetic of MMX and SSE as functions of bits: packed integers inside 64-bit words, IEEE 754 binary32 and binary64
 * with all rounding modes and exception flags, and the string comparisons of SSE4.2.
 *
 * <p>What may not live here: instructions, registers, guest memory, the processor. Nothing here throws a guest's
 * exception; flags come back as values. No result depends on the host processor.
 */
package org.retrovisor.monitor.sse;
