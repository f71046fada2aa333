/**
 * The reference engine: decodes once, caches blocks by physical page, executes by calling each instruction's semantics.
 *
 * <p>{@link org.retrovisor.monitor.interpreter.Interpreter} is the loop, {@code BlockCache} the code, and one class per
 * family of instructions holds their meaning, bound to the rows of the instruction table by
 * {@link org.retrovisor.monitor.interpreter.SemanticsTable}.
 */
package org.retrovisor.monitor.interpreter;
