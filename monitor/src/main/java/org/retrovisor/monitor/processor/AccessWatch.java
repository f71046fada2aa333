package org.retrovisor.monitor.processor;

/**
 * Bytes whose reading or writing by the guest is of interest to a debugger.
 *
 * @param linear linear address of the first byte
 * @param length number of bytes, at least 1
 * @param reads whether loads count
 * @param writes whether stores count
 */
public record AccessWatch(long linear, int length, boolean reads, boolean writes) {
    boolean touchedBy(long address, int size, boolean write) {
        return (write ? writes : reads) && address - linear < length && linear - address < size;
    }

    boolean onPageOf(long address) {
        long page = address & -4096L;
        return linear - page < 4096 && page - linear < length;
    }
}
