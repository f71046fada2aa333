package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.processor.Flags;

/**
 * What an instruction of the form {@code a = a op b} computes, in four sizes.
 *
 * <p>Bytes and words come zero-extended (an immediate b may be sign-extended); of their results only the low bits count.
 * Operations with one operand ignore b; shifts and rotates take their unmasked count in it.
 */
abstract class Operation {
    abstract int op8(Flags flags, int a, int b);

    abstract int op16(Flags flags, int a, int b);

    abstract int op32(Flags flags, int a, int b);

    abstract long op64(Flags flags, long a, long b);
}
