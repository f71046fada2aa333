package org.retrovisor.monitor.processor;

import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * Translates linear to physical addresses by the guest's paging structures (AMD APM volume 2, chapter 5).
 *
 * <p>Legacy 32-bit (with PSE), PAE and 4-level paging. Accessed and dirty bits are set as a processor without a TLB
 * would set them. Pages read as paging structures are noted as
 * {@link PagingStructures}.
 */
final class PageWalker {
    /** Bits of page-fault error codes. */
    static final int ERROR_PRESENT = 1;

    static final int ERROR_WRITE = 2;
    static final int ERROR_USER = 4;
    static final int ERROR_RESERVED = 8;
    static final int ERROR_FETCH = 16;

    /** Kinds of access. */
    static final int READ = 0;

    static final int WRITE = ERROR_WRITE;
    static final int FETCH = ERROR_FETCH;

    /** Width of physical addresses, as CPUID reports it. */
    static final int PHYSICAL_BITS = 40;

    private static final long ENTRY_PRESENT = 1;
    private static final long ENTRY_WRITABLE = 2;
    private static final long ENTRY_USER = 4;
    private static final long ENTRY_ACCESSED = 0x20;
    private static final long ENTRY_DIRTY = 0x40;
    private static final long ENTRY_LARGE = 0x80;
    /** What every entry has set that a walk went through. */
    static final long WALKED = ENTRY_PRESENT | ENTRY_ACCESSED;

    private static final long ENTRY_NX = 1L << 63;
    private static final long ADDRESS = (1L << 52) - 1 & ~0xFFFL;
    private static final long ABOVE_PHYSICAL = ADDRESS & -(1L << PHYSICAL_BITS);
    /** Bits 52 to 62: software's own in long mode, reserved in PAE paging. */
    private static final long ABOVE_ADDRESS = ~ADDRESS & Long.MAX_VALUE & -(1L << 52);
    /** Bit 21 of a large entry of 4 bytes, above the bits that PSE-36 uses for 40 bits of address. */
    private static final long LEGACY_LARGE_RESERVED = 1 << 21;

    /** What is no physical address. */
    static final long DENIED = -1;

    private final Processor cpu;
    private final GuestMemory memory;
    private final PagingStructures structures;
    private final PagePointers pointers;
    private final boolean keepsPointers;

    // what the last walk found, combined over all levels
    private boolean writable;
    private boolean user;
    private boolean noExecute;
    private int leafBytes;

    private GuestFault denied;

    PageWalker(Processor cpu, GuestMemory memory, PagingStructures structures, PagePointers pointers) {
        this.cpu = cpu;
        this.pointers = pointers;
        this.keepsPointers = cpu.has(ModelChange.KEPT_POINTERS);
        this.structures = structures;
        this.memory = memory;
    }

    /**
     * The physical address behind a linear one.
     *
     * @param access {@link #READ}, {@link #WRITE} or {@link #FETCH}
     * @param asUser whether user rights apply
     * @param allowUser whether a supervisor may touch user pages now (SMAP off, or RFLAGS.AC set)
     * @throws GuestFault #PF
     */
    long walk(long linear, int access, boolean asUser, boolean allowUser) {
        long found = find(linear, access, asUser, allowUser);
        if (found == DENIED) {
            throw denied;
        }
        return found;
    }

    /** Why the last {@link #find} has found nothing. */
    GuestFault denied() {
        return denied;
    }

    /** The same; {@link #DENIED} for a page fault in long mode, since raising an exception costs more than all else. */
    long find(long linear, int access, boolean asUser, boolean allowUser) {
        if ((cpu.cr0 & Control.CR0_PG) == 0) {
            return linear & 0xFFFF_FFFFL;
        }
        writable = true;
        user = true;
        noExecute = false;
        if ((cpu.efer & Control.EFER_LMA) != 0) {
            return walkLevels(linear, cpu.cr3 & ADDRESS, 39, access, asUser, allowUser);
        }
        boolean pae = (cpu.cr4 & Control.CR4_PAE) != 0;
        return pae ? walkPae(linear, access, asUser, allowUser) : walkLegacy(linear, access, asUser, allowUser);
    }

    /** The physical address without any effect (no A or D bits, no rights checked), or -1: for debuggers. */
    long peek(long linear) {
        if ((cpu.cr0 & Control.CR0_PG) == 0) {
            return linear & 0xFFFF_FFFFL;
        }
        if ((cpu.efer & Control.EFER_LMA) != 0) {
            return linear << 16 >> 16 == linear ? peekLevels(linear, cpu.cr3 & ADDRESS, 39, 9, 8) : -1;
        }
        long narrow = linear & 0xFFFF_FFFFL;
        if ((cpu.cr4 & Control.CR4_PAE) != 0) {
            long pointer = keepsPointers ? pointers.at(narrow) : load(pointerAddress(narrow), 8);
            return (pointer & ENTRY_PRESENT) == 0 ? -1 : peekLevels(narrow, pointer & ADDRESS, 21, 9, 8);
        }
        return peekLevels(narrow, cpu.cr3 & 0xFFFF_F000L, 22, 10, 4);
    }

    private long peekLevels(long linear, long root, int topShift, int bits, int entryBytes) {
        long table = root;
        for (int shift = topShift;; shift -= bits) {
            long entry = load(table + (linear >>> shift & (1 << bits) - 1) * entryBytes, entryBytes);
            if ((entry & ENTRY_PRESENT) == 0) {
                return -1;
            }
            boolean large = shift > 12 && shift < 39 && (entry & ENTRY_LARGE) != 0;
            if (shift == 12 || large) {
                long mask = (1L << shift) - 1;
                long base = entryBytes == 4 && large ? legacyLargeBase(entry) : entry & ADDRESS & ~mask;
                return base | linear & mask;
            }
            table = entry & ADDRESS;
        }
    }

    private long walkPae(long linear, int access, boolean asUser, boolean allowUser) {
        long narrow = linear & 0xFFFF_FFFFL;
        if (!keepsPointers) {
            structures.walkedOther(pointerAddress(narrow));
        }
        long pointer = keepsPointers ? pointers.at(narrow) : load(pointerAddress(narrow), 8);
        if ((pointer & ENTRY_PRESENT) == 0) {
            throw fault(linear, access, asUser, 0);
        }
        return walkLevels(narrow, pointer & ADDRESS, 21, access, asUser, allowUser);
    }

    private long pointerAddress(long linear) {
        return PagePointers.address(cpu.cr3, (int) (linear >>> 30));
    }

    private long deny(long linear, int access, boolean asUser, int bits) {
        denied = fault(linear, access, asUser, bits);
        return DENIED;
    }

    /** The levels of 512 eight-byte entries from {@code topShift} down; {@link #DENIED} for a page fault. */
    private long walkLevels(long linear, long root, int topShift, int access, boolean asUser, boolean allowUser) {
        long table = root;
        int shift = topShift;
        while (true) {
            long address = table + (linear >>> shift & 511) * 8;
            long entry = load(address, 8);
            if ((entry & ENTRY_PRESENT) == 0) {
                return deny(linear, access, asUser, 0);
            }
            structures.walked(address, linear, shift);
            boolean large = shift > 12 && (entry & ENTRY_LARGE) != 0;
            if (reserved(entry, shift, large)) {
                return deny(linear, access, asUser, ERROR_PRESENT | ERROR_RESERVED);
            }
            combine(entry);
            if (shift == 12 || large) {
                if (denies(access, asUser, allowUser)) {
                    return deny(linear, access, asUser, ERROR_PRESENT);
                }
                leafBytes = 8;
                setAccessedDirty(address, entry, access);
                long mask = (1L << shift) - 1;
                return entry & ADDRESS & ~mask | linear & mask;
            }
            // the accessed bits of upper levels are set once the walk has succeeded in reading them
            if ((entry & ENTRY_ACCESSED) == 0) {
                store(address, entry | ENTRY_ACCESSED, 8);
            }
            table = entry & ADDRESS;
            shift -= 9;
        }
    }

    private boolean reserved(long entry, int shift, boolean large) {
        long mask = (cpu.efer & Control.EFER_LMA) != 0 ? ABOVE_PHYSICAL : ABOVE_PHYSICAL | ABOVE_ADDRESS;
        if ((cpu.efer & Control.EFER_NXE) == 0) {
            mask |= ENTRY_NX;
        }
        if (large) {
            mask |= (1L << shift) - 1 & ~0x1FFFL; // bit 12 is PAT
            if (shift == 39) {
                return true;
            }
        }
        return (entry & mask) != 0;
    }

    private long walkLegacy(long linear, int access, boolean asUser, boolean allowUser) {
        long narrow = linear & 0xFFFF_FFFFL;
        long directory = (cpu.cr3 & 0xFFFF_F000L) + (narrow >>> 22) * 4;
        leafBytes = 4;
        structures.walkedOther(directory);
        long entry = load(directory, 4);
        if ((entry & ENTRY_PRESENT) == 0) {
            throw fault(linear, access, asUser, 0);
        }
        combine(entry);
        if ((entry & ENTRY_LARGE) != 0 && (cpu.cr4 & Control.CR4_PSE) != 0) {
            if ((entry & LEGACY_LARGE_RESERVED) != 0) {
                throw fault(linear, access, asUser, ERROR_PRESENT | ERROR_RESERVED);
            }
            checkRights(linear, access, asUser, allowUser);
            setAccessedDirty(directory, entry, access);
            return legacyLargeBase(entry) | narrow & 0x3F_FFFF;
        }
        if ((entry & ENTRY_ACCESSED) == 0) {
            store(directory, entry | ENTRY_ACCESSED, 4);
        }
        long leaf = (entry & 0xFFFF_F000L) + (narrow >>> 12 & 1023) * 4;
        structures.walkedOther(leaf);
        long page = load(leaf, 4);
        if ((page & ENTRY_PRESENT) == 0) {
            throw fault(linear, access, asUser, 0);
        }
        combine(page);
        checkRights(linear, access, asUser, allowUser);
        setAccessedDirty(leaf, page, access);
        return page & 0xFFFF_F000L | narrow & 0xFFF;
    }

    /** PSE-36: bits 13 to 20 of a large entry are bits 32 to 39 of the address. */
    private static long legacyLargeBase(long entry) {
        return entry & 0xFFC0_0000L | (entry >>> 13 & 0xFF) << 32;
    }

    private void combine(long entry) {
        writable &= (entry & ENTRY_WRITABLE) != 0;
        user &= (entry & ENTRY_USER) != 0;
        noExecute |= entry < 0 && (cpu.efer & Control.EFER_NXE) != 0;
    }

    private void checkRights(long linear, int access, boolean asUser, boolean allowUser) {
        if (denies(access, asUser, allowUser)) {
            throw fault(linear, access, asUser, ERROR_PRESENT);
        }
    }

    /** Whether the rights of all levels together are against it. */
    private boolean denies(int access, boolean asUser, boolean allowUser) {
        if (asUser) {
            return !user || access == WRITE && !writable || access == FETCH && noExecute;
        }
        if (access == FETCH) {
            return noExecute || user && (cpu.cr4 & Control.CR4_SMEP) != 0;
        }
        boolean readOnly = !writable && (cpu.cr0 & Control.CR0_WP) != 0;
        return access == WRITE && readOnly || user && !allowUser;
    }

    private void setAccessedDirty(long address, long entry, int access) {
        long wanted = entry | ENTRY_ACCESSED | (access == WRITE ? ENTRY_DIRTY : 0);
        if (wanted != entry) {
            store(address, wanted, leafBytes);
        }
    }

    private GuestFault fault(long linear, int access, boolean asUser, int bits) {
        boolean fetchReported = (cpu.efer & Control.EFER_NXE) != 0 && (cpu.cr4 & Control.CR4_PAE) != 0
                || (cpu.cr4 & Control.CR4_SMEP) != 0;
        int kind = access == FETCH && !fetchReported ? 0 : access;
        return cpu.pageFault(linear, bits | kind | (asUser ? ERROR_USER : 0));
    }

    /** An entry of a paging structure. */
    long load(long physical, int bytes) {
        int frame = memory.frameAt(physical);
        if (frame < 0) {
            return 0; // paging structures outside RAM are not present
        }
        long host = memory.hostOf(frame) + (physical & 0xFFF);
        return bytes == 8 ? HostMemory.get64(host) : HostMemory.get32(host) & 0xFFFF_FFFFL;
    }

    private void store(long physical, long value, int bytes) {
        int frame = memory.frameAt(physical);
        long host = memory.hostOf(frame) + (physical & 0xFFF);
        memory.markWritten(frame);
        if (bytes == 8) {
            HostMemory.put64(host, value);
        } else {
            HostMemory.put32(host, (int) value);
        }
    }
}
