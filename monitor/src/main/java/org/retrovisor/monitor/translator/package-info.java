/**
 * The fast engine: guest blocks of 64-bit code translated to host code, which is entered through one native call.
 *
 * <p>Three layers: {@link org.retrovisor.monitor.translator.Assembler} knows bytes and encodings,
 * {@code Emitter} the macros (guest registers, flags, memory, exits), {@code Rules} which instruction becomes what.
 * {@link org.retrovisor.monitor.translator.Translator} drives: cold code, and everything that has no rule, is executed by
 * the interpreter, whose bits are the ones to give. {@code NativeDoor} alone calls native functions.
 */
package org.retrovisor.monitor.translator;
