package org.retrovisor.monitor.processor;

/**
 * Bytes whose reading or writing is of interest to a debugger.
 *
 * @param address of the first byte
 * @param length number of bytes, at least 1
 * @param reads whether loads count
 * @param writes whether stores count
 * @param physical whether the address is a physical one, so that accesses through every mapping of it count; otherwise it
 *     is a linear address, and accesses to it count in every address space
 */
public record AccessWatch(long address, long length, boolean reads, boolean writes, boolean physical) {
    /** A watch by linear address. */
    public AccessWatch(long linear, long length, boolean reads, boolean writes) {
        this(linear, length, reads, writes, false);
    }

    /** Whether an access at an address of the watch's own kind touches it. */
    public boolean touchedBy(long accessed, int size, boolean write) {
        return (write ? writes : reads)
                && (Long.compareUnsigned(accessed - address, length) < 0
                        || Long.compareUnsigned(address - accessed, size) < 0);
    }

    /** The first watched byte of an access that touches this watch. */
    public long firstTouched(long accessed) {
        return Long.compareUnsigned(accessed - address, length) < 0 ? accessed : address;
    }

    boolean onPageOf(long linear, long physicalAddress) {
        long page = (physical ? physicalAddress : linear) & -4096L;
        return Long.compareUnsigned(page - address, length) < 0 || Long.compareUnsigned(address - page, 4096) < 0;
    }
}
