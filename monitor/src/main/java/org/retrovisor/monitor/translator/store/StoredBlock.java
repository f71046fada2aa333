package org.retrovisor.monitor.translator.store;

import java.lang.foreign.MemorySegment;

/**
 * The host code of one block, wherever it will stand, and what it was made of.
 *
 * @param rip linear address of the block
 * @param vectors whether SSE instructions were allowed in generated code
 * @param guestBytes how many bytes must be in place: those of the block and of others behind it that went into the code, and those that
 *     ended the last
 * @param blockBytes how many of them the block has
 * @param moments how many instructions went into the code
 * @param code host code whose external distances are those from position 0 of the code cache
 * @param epitaph where in it the code begins that replaces it when it is dead
 * @param externals positions in it of distances to what all code has in common
 * @param links positions of the distances of jumps to blocks of the same page
 * @param targets the linear addresses that those go to
 */
public record StoredBlock(
        long rip, boolean vectors, int guestBytes, int blockBytes, int moments, MemorySegment code,
        int epitaph,
        int[] externals,
        int[] links, long[] targets) {}
