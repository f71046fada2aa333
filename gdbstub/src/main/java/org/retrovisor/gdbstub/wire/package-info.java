/**
 * The serial line of the remote protocol: TCP, framing, checksums, escapes, run lengths, acknowledgements and the interrupt byte.
 * The only package that knows Netty. It does not know what a packet means.
 */
package org.retrovisor.gdbstub.wire;
