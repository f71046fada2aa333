/**
 * The trace on disk: event log, manifest, machine state and bundle.
 *
 * <p>Knows nothing of processors or devices: their state passes through as bytes. Everything read here comes from a
 * stranger, so every length, count and offset is checked, and whatever is wrong becomes a {@link
 * org.retrovisor.trace.TraceException} of one sentence. Chronicle Queue is used for writing only, in
 * {@code QueueAppender}; Protocol Buffers for the manifest and the head of a machine state.
 */
package org.retrovisor.trace;
