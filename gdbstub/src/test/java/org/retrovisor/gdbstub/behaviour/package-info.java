/** Each packet, valid and malformed, without a socket. */
package org.retrovisor.gdbstub.behaviour;
