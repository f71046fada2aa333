/**
 * Runs the machine live and writes the trace.
 *
 * <p>{@link org.retrovisor.recorder.RecordingBoundary} stands between machine and platform and writes down what comes
 * in; {@link org.retrovisor.recorder.Recorder} makes the trace around it. Nothing here chooses devices, reads images or
 * prints: that is the command line's part.
 */
package org.retrovisor.recorder;
