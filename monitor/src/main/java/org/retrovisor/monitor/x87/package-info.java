/**
 * The x87 floating-point unit in exact software: the 80-bit extended format, its arithmetic, the register stack, the six
 * exceptions and the memory images of the unit (Intel SDM volume 1, chapters 4 and 8).
 *
 * <p>Layers, lowest first: {@link org.retrovisor.monitor.x87.Float80} (the format), {@link
 * org.retrovisor.monitor.x87.Rounder} (rounding and packing), the arithmetic classes (operands in, result and exception
 * flags out, no stack), {@link org.retrovisor.monitor.x87.X87State} (what the guest can see) and {@link
 * org.retrovisor.monitor.x87.X87Unit} (one method per instruction family).
 *
 * <p>What may not live here: instruction decoding, guest memory, the processor, and any use of host floating point whose
 * result could reach the guest. Every result is a function of the operands and the control word alone.
 */
package org.retrovisor.monitor.x87;
