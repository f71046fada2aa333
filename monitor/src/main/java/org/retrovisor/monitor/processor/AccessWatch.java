package org.retrovisor.monitor.processor;

/**
 * Bytes whose reading or writing by the guest is of interest to a debugger.
 *
 * @param linear linear address of the first byte
 * @param length number of bytes, at least 1
 * @param reads whether loads count
 * @param writes whether stores count
 */
public record AccessWatch(long linear, long length, boolean reads, boolean writes) {
    boolean touchedBy(long address, int size, boolean write) {
        return (write ? writes : reads)
                && (Long.compareUnsigned(address - linear, length) < 0
                        || Long.compareUnsigned(linear - address, size) < 0);
    }

    /** The first watched byte of an access that touches this watch. */
    long firstTouched(long address) {
        return Long.compareUnsigned(address - linear, length) < 0 ? address : linear;
    }

    boolean onPageOf(long address) {
        long page = address & -4096L;
        return Long.compareUnsigned(page - linear, length) < 0 || Long.compareUnsigned(linear - page, 4096) < 0;
    }
}
