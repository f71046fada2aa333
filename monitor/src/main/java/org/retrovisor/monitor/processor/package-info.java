/**
 * One x86-64 processor: registers, flags, segments, paging and the delivery of exceptions and interrupts.
 *
 * <p>What is here holds for every engine. Nothing in this package executes instructions or knows of devices; the outside
 * is reached through {@link org.retrovisor.monitor.boundary.Boundary} alone.
 */
package org.retrovisor.monitor.processor;
