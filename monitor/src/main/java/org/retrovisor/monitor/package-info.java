/**
 * The x86 machine: processors, RAM and the moment count, run against a boundary. Knows nothing of traces.
 *
 * <p>{@link org.retrovisor.monitor.Machine} is the one run loop; {@link org.retrovisor.monitor.Engine} what executes
 * instructions.
 */
package org.retrovisor.monitor;
