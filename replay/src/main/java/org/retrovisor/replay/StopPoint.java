package org.retrovisor.replay;

/** A place at which a movement may stop. Addresses are linear. */
public sealed interface StopPoint {
    /**
     * Before an instruction.
     *
     * <p>A REP instruction is reached once, before its first iteration, and again when it is resumed after an interrupt.
     */
    record AtInstruction(long linear) implements StopPoint {}

    /**
     * At an access to memory: forward, the stop is behind the instruction or the iteration that touched it, backward,
     * before that. The delivery of an exception or interrupt touches the stack as well.
     *
     * @param linear the first byte
     * @param length in bytes, more than 0
     * @param reads whether loads count
     * @param writes whether stores count
     */
    record AtAccess(long linear, long length, boolean reads, boolean writes) implements StopPoint {}
}
