/**
 * The trace on disk: event log, manifest, machine state and bundle. Knows nothing of processors or devices.
 */
package org.retrovisor.trace;
