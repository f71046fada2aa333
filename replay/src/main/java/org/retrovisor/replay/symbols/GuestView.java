package org.retrovisor.replay.symbols;

/** The guest at one moment, to be looked at only. Implementations need to answer only as long as nothing moves it. */
public interface GuestView {
    /**
     * Copies physical memory.
     *
     * @return the bytes copied: fewer than {@code length} where RAM ends
     */
    int readPhysical(long physical, byte[] to, int offset, int length);

    /** Levels of the page tables: 4 or 5, and 0 as long as the processor is not in 64-bit mode with paging on. */
    int pagingLevels();

    /** The register CR3. */
    long cr3();

    /** Where SYSCALL goes in 64-bit mode (the register LSTAR); 0 before the kernel has set it. */
    long systemCallEntry();
}
