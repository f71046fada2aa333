/**
 * The x86 machine. Nothing here may know of traces, or read the host's clock, randomness or input by itself.
 */
package org.retrovisor.monitor;
