/**
 * The meaning of the general-purpose instructions that user programs may execute (AMD APM volume 3).
 *
 * <p>{@link org.retrovisor.monitor.interpreter.integer.IntegerInstructions} binds them to the rows of
 * {@code integer.tbl}. What an operation computes ({@code Operation}) is apart from where its operands are
 * ({@code OperationForms}); {@code Specialized} joins the two so that each pair is compiled on its own. Instructions that
 * touch segments, control registers, ports or privilege live elsewhere.
 */
package org.retrovisor.monitor.interpreter.integer;
