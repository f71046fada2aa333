package org.retrovisor.monitor.processor;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/**
 * The four pointers of PAE paging, which are registers: loaded with CR3 and when PAE paging is turned on or changed, not with each walk
 * (SDM volume 3, section 4.4.1). What memory holds in their place later does not matter.
 */
final class PagePointers {
    static final int COUNT = 4;

    private static final long PRESENT = 1;
    private static final long RESERVED = -1L << PageWalker.PHYSICAL_BITS | 0x1E6;

    private final Processor cpu;
    private final long[] pointers = new long[COUNT];

    PagePointers(Processor cpu) {
        this.cpu = cpu;
    }

    /** Whether PAE paging is in force, which 4-level paging is not. */
    static boolean inForce(Processor cpu) {
        boolean paging = (cpu.cr0 & Control.CR0_PG) != 0;
        return paging && !cpu.longMode() && (cpu.cr4 & Control.CR4_PAE) != 0;
    }

    /** Where a pointer is loaded from, by the bits 30 and 31 of linear addresses. */
    static long address(long cr3, int number) {
        return (cr3 & 0xFFFF_FFE0L) + 8L * number;
    }

    /** Raises #GP(0) when memory holds pointers with reserved bits. */
    static void check(Processor cpu, long cr3) {
        for (int i = 0; i < COUNT; i++) {
            if (!valid(cpu.mmu.loadPhysical(address(cr3, i)))) {
                throw cpu.fault(Vector.GP, 0);
            }
        }
    }

    private static boolean valid(long pointer) {
        return (pointer & PRESENT) == 0 || (pointer & RESERVED) == 0;
    }

    /** Loads them from where CR3 says, if they are in force; whether they are. */
    boolean load() {
        boolean used = inForce(cpu);
        for (int i = 0; used && i < COUNT; i++) {
            pointers[i] = inMemory(i);
        }
        return used;
    }

    private long inMemory(int number) {
        return cpu.mmu.loadPhysical(address(cpu.cr3, number));
    }

    /** The pointer for a linear address of 32 bits. */
    long at(long linear) {
        return pointers[(int) (linear >>> 30)];
    }

    /** A copy to recognize them by. */
    long[] copy() {
        return pointers.clone();
    }

    boolean same(long[] others) {
        return Arrays.equals(pointers, others);
    }

    /** Saves them if they are in force and memory holds others by now; without, {@link #restore} takes those of memory. */
    void save(DataOutputStream out) throws IOException {
        boolean needed = false;
        for (int i = 0; i < COUNT; i++) {
            needed |= pointers[i] != inMemory(i);
        }
        if (needed && inForce(cpu) && cpu.has(ModelChange.KEPT_POINTERS)) {
            for (long pointer : pointers) {
                out.writeLong(pointer);
            }
        }
    }

    /** Takes them over from the end of a state, if there is more of it. */
    void restore(DataInputStream in) throws IOException {
        load();
        for (int i = 0; in.available() > 0 && i < COUNT; i++) {
            pointers[i] = in.readLong();
        }
    }

    /** Whether they are values that can be loaded. */
    boolean consistent() {
        return !inForce(cpu) || !cpu.has(ModelChange.KEPT_POINTERS)
                || Arrays.stream(pointers).allMatch(PagePointers::valid);
    }
}
