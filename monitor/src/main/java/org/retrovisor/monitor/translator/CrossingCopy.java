package org.retrovisor.monitor.translator;

import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.Descriptors;
import org.retrovisor.monitor.processor.GuestFault;
import org.retrovisor.monitor.processor.Mmu;
import org.retrovisor.monitor.processor.Processor;

/**
 * Makes accesses that go beyond the end of their page for generated code. Of what is read, a copy in the state block is what generated code
 * then reads; what is stored, Java stores, and generated code once more where the copy would be.
 *
 * <p>Both pages have to be ones that generated code could access itself, and are entered into the TLB as for it, in the interpreter's order.
 * All else is left to the interpreter: devices, code, paging structures, what is watched, instructions that read and write.
 */
final class CrossingCopy {
    private static final int PAGE = GuestMemory.PAGE;
    private static final int WORD = 8;

    private final StateBlock state;
    private final long origin;
    private GuestFault refusal;

    // what was found last: how many bytes are on the first page, and the host addresses of those and of the others
    private int split;
    private long first;
    private long second;

    /** For a state block. */
    CrossingCopy(StateBlock state, long origin) {
        this.state = state;
        this.origin = origin;
    }

    /**
     * Makes the access whose jump to the way out is at a host address.
     *
     * @return whether it was made, so that generated code may go on with the copy; if not, {@link #refusal} may say why
     */
    boolean make(Processor cpu, long site, long linear) {
        refusal = null;
        int word = CrossingAccess.wordAt(site);
        int size = CrossingAccess.size(word);
        boolean made = switch (CrossingAccess.kind(word)) {
            case CrossingAccess.READ -> read(cpu, linear, size);
            case CrossingAccess.STORE -> store(cpu, linear, size, origin + CrossingAccess.place(word));
            case CrossingAccess.STORE_CONSTANT -> {
                HostMemory.put64(origin + StateBlock.COPY, CrossingAccess.constantAt(site));
                yield store(cpu, linear, size, origin + StateBlock.COPY);
            }
            default -> false;
        };
        if (made) {
            long copy = origin + StateBlock.COPY;
            HostMemory.put64(origin + StateBlock.MISSED_ADDRESS, copy);
            HostMemory.put64(origin + StateBlock.COPY_DISTANCE, copy - linear);
        }
        return made;
    }

    /** The page fault that the access raises, or null when the interpreter must find out. */
    GuestFault refusal() {
        return refusal;
    }

    /** What is larger than 8 bytes is read in two parts, as the interpreter does: the first before the page of the second is looked at. */
    private boolean read(Processor cpu, long linear, int size) {
        long copy = origin + StateBlock.COPY;
        return size <= WORD
                ? read(cpu, linear, size, copy)
                : read(cpu, linear, WORD, copy) && read(cpu, linear + WORD, size - WORD, copy + WORD);
    }

    private boolean read(Processor cpu, long linear, int size, long to) {
        if (!find(cpu, linear, size, false)) {
            return false;
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) HostMemory.get8(place(i)) << 8 * i;
        }
        HostMemory.put64(to, value);
        return true;
    }

    private boolean store(Processor cpu, long linear, int size, long from) {
        if (!find(cpu, linear, size, true)) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            HostMemory.put8(place(i), HostMemory.get8(from + i));
        }
        return true;
    }

    /** The host address of a byte of what was found. */
    private long place(int number) {
        return number < split ? first + number : second + (number - split);
    }

    /** Finds all of an operand by the table in force, into which its pages are entered if they are not there. */
    private boolean find(Processor cpu, long linear, int size, boolean write) {
        split = PAGE - ((int) linear & PAGE - 1);
        long next = linear + split;
        boolean crosses = split < size;
        if (crosses && !Descriptors.isCanonical(next)) {
            return false; // which comes before all that the first page has to say
        }
        long table = HostMemory.get64(origin + StateBlock.TABLES) + (write ? Mmu.tableBytes() : 0);
        if (isAbsent(table, linear) && !enter(cpu, linear, write)
                || crosses && isAbsent(table, next) && !enter(cpu, next, write)) {
            return false;
        }
        first = host(table, linear);
        second = crosses ? host(table, next) : 0;
        return !isAbsent(table, linear); // the walk to the second page may have made a paging structure of the first
    }

    private boolean enter(Processor cpu, long linear, boolean write) {
        state.leaveRights(cpu);
        boolean entered = cpu.mmu.enter(linear, write);
        refusal = entered ? null : cpu.mmu.refusal();
        return entered;
    }

    private static boolean isAbsent(long table, long linear) {
        return (linear ^ HostMemory.get64(table + TlbProbe.entryOf(linear))) >>> 12 != 0;
    }

    /** The host address by an entry of the TLB that fits. */
    private static long host(long table, long linear) {
        return HostMemory.get64(table + TlbProbe.entryOf(linear) + WORD) + (linear & PAGE - 1);
    }
}
