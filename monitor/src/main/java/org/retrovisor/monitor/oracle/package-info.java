/**
 * The host processor as the truth about single instructions and short sequences.
 *
 * <p>Each row of the instruction table gives encodings ({@code Encodings}), each encoding gets states
 * ({@code StateMaker}, steered by {@code Preparations}), and each case runs on the host ({@code HostProcessor}) and on
 * the interpreter ({@code GuestProcessor}), at the same linear addresses. {@code NativeComparison} compares everything:
 * registers, flags but for those the manuals leave undefined, vector state and memory. Only instructions that user
 * programs may execute in 64-bit and 32-bit code are here, in states in which they do not fault.
 *
 * <p>Short sequences of such instructions ({@code SequenceMaker}) run on the host, on the interpreter and in generated
 * code ({@code SequenceComparison}); {@code LeftOpen} knows what the manuals leave undefined at their end.
 *
 * <p>Faults ({@code FaultComparison}) come back from the host as signals ({@code HostSignals}); the guest has handlers of its own
 * ({@code GuestHandlers}).
 *
 * <p>No part of a machine: tests and the long run of {@code bench --silicon} use it, nothing else of the monitor may.
 * {@link org.retrovisor.monitor.oracle.Silicon} is the way in; what is not compared is named in {@code exceptions.tbl}.
 */
package org.retrovisor.monitor.oracle;
