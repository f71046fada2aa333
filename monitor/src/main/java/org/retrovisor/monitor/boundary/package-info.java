/**
 * The line around the guest: processors and RAM inside, everything else outside.
 *
 * <p>{@link org.retrovisor.monitor.boundary.Boundary} is the only way in which anything nondeterministic reaches the
 * guest. Live devices, the recorder (a decorator) and the replayer implement it; nothing else in the monitor may ask the
 * host for time, randomness or input.
 */
package org.retrovisor.monitor.boundary;
