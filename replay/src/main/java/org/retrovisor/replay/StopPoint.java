package org.retrovisor.replay;

/** A place at which a movement may stop. */
public sealed interface StopPoint {
    /**
     * Before the instruction at a linear address.
     *
     * <p>A REP instruction is reached once, before its first iteration, and again when it is resumed after an interrupt.
     */
    record AtInstruction(long linear) implements StopPoint {}

    /**
     * At an access to memory: forward, the stop is behind the instruction or the iteration that touched it, backward,
     * before that. The delivery of an exception or interrupt touches the stack as well, and a device may write to RAM.
     *
     * @param address of the first byte
     * @param length in bytes, more than 0
     * @param reads whether loads count
     * @param writes whether stores count
     * @param physical whether the address is a physical one: then accesses through whatever mapping count. Otherwise it is
     *     linear, and accesses to it in whatever address space count
     */
    record AtAccess(long address, long length, boolean reads, boolean writes, boolean physical) implements StopPoint {
        /** A stop at accesses to a linear address. */
        public AtAccess(long linear, long length, boolean reads, boolean writes) {
            this(linear, length, reads, writes, false);
        }
    }
}
