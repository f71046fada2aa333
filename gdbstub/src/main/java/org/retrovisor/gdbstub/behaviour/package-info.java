/**
 * What each packet does, one class for each capability, bound to the packets by the table in {@link
 * org.retrovisor.gdbstub.behaviour.Protocol}. No sockets and no framing here.
 */
package org.retrovisor.gdbstub.behaviour;
