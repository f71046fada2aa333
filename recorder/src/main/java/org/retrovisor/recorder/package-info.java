/**
 * Runs the machine live and writes the trace.
 */
package org.retrovisor.recorder;
