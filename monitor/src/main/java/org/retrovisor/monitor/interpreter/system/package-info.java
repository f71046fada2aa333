/**
 * What the rows of {@code system.tbl} mean: segments, far transfers, system calls, control registers, MSRs, ports.
 *
 * <p>Instructions only; what they share with the delivery of interrupts (descriptors, stacks, control registers) is in
 * {@link org.retrovisor.monitor.processor}.
 */
package org.retrovisor.monitor.interpreter.system;
