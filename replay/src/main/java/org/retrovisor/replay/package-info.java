/**
 * Re-executes a recorded guest: the trace stands behind the machine's boundary, and a timeline moves through it.
 *
 * <p>{@link org.retrovisor.replay.TraceBoundary} answers the guest from the event log and notices at once when the guest
 * asks for something else; {@link org.retrovisor.replay.Timeline} has the verbs of time travel. Nothing here knows of
 * devices or of a debugger's protocol.
 */
package org.retrovisor.replay;
