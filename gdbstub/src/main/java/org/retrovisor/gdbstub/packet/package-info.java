/**
 * The packets of the remote protocol, as records: one record and one parser for each shape of packet, grouped by what they are
 * about. Parsing only: nothing here acts, answers, or knows a target.
 */
package org.retrovisor.gdbstub.packet;
