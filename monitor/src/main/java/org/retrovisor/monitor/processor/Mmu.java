package org.retrovisor.monitor.processor;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * Loads and stores by linear address: the software TLB in front, the page walk and the boundary behind.
 *
 * <p>A hit costs a compare and an add. Loads and stores may cross a page; both pages are checked before the first byte
 * moves. Addresses that are not canonical raise #GP(0) (the interpreter makes it #SS for stack accesses).
 */
public final class Mmu {
    private static final long PAGE_MASK = -4096L;
    private static final long MISS = 0;
    private static final int SUPERVISOR = 0;
    private static final int SUPERVISOR_AC = 1;
    private static final int USER = 2;
    /** User rights with alignment checks: its tables of reads and writes stay empty, so that every access is looked at. */
    private static final int USER_ALIGNED = 3;
    /** How many kinds of access rights there are. */
    static final int RIGHTS = 4;

    /** The largest operand that alignment checks are about; larger ones are made of such. */
    private static final int LARGEST_ALIGNED = 8;

    private final Processor cpu;
    private final GuestMemory memory;
    private final PageWalker walker;
    private final PagePointers pointers;
    private final PagingStructures structures;
    private final Tlb tlb;
    private TlbContext context;
    private int current;
    private long reads;
    private long writes;
    private GuestFault refusal;
    private long watchedWrites;
    private long fetches;
    private final AccessWatches watches;

    Mmu(Processor cpu, GuestMemory memory) {
        this.cpu = cpu;
        this.memory = memory;
        this.watches = new AccessWatches(memory);
        this.tlb = new Tlb(memory.frameCount());
        this.structures = new PagingStructures(memory, tlb, cpu.machine().processorCount() == 1);
        this.pointers = new PagePointers(cpu);
        this.walker = new PageWalker(cpu, memory, structures, pointers);
        use(SUPERVISOR);
    }

    // ---------------------------------------------------------------- contexts

    /** To be called when CPL or RFLAGS.AC changed. */
    public void selectContext() {
        boolean flag = (cpu.systemFlags & Control.AC) != 0;
        if (cpu.cpl == 3) {
            use(flag && (cpu.cr0 & Control.CR0_AM) != 0 ? USER_ALIGNED : USER);
        } else {
            use(flag ? SUPERVISOR_AC : SUPERVISOR);
        }
    }

    /** Switches to supervisor rights for implicit accesses (descriptor tables, TSS, exception stacks). */
    public int enterSupervisor() {
        int before = current;
        use(SUPERVISOR);
        return before;
    }

    /** Ends {@link #enterSupervisor}. */
    public void leaveSupervisor(int before) {
        use(before);
    }

    private void use(int number) {
        current = number;
        context = tlb.current().context(number);
        reads = context.reads;
        writes = context.writes;
        watchedWrites = context.watchedWrites;
        fetches = context.fetches;
    }

    /** To be called when CR3 was loaded: other translations are in force. */
    public void selectSpace() {
        boolean fresh = tlb.select(cpu.cr3);
        if (pointers.load()) {
            tlb.foundThrough(pointers);
        }
        if (fresh && cpu.longMode()) {
            tlb.inheritUpperHalf(structures);
        }
        use(current);
    }

    /** The four pointers of PAE paging. */
    PagePointers pointers() {
        return pointers;
    }

    /** Forgets all translations: CR0, CR4 or EFER changed, or the processor's state was replaced. */
    public void flush() {
        tlb.flush(cpu.cr3);
        tlb.foundThrough(pointers);
        use(current);
    }

    /**
     * Bytes of a frame that this processor may have walked as a paging structure are about to be written.
     *
     * @return what follows; {@link PagingStructures.Effect#FORGET_ALL} for all processors
     */
    public PagingStructures.Effect writingTable(int frame, int offset, int length) {
        return structures.writing(frame, offset, length);
    }

    /** Forgets all translations, and that the frame was a table. */
    public void forgetTable(int frame) {
        structures.forget(frame);
        flush();
    }

    /** Withdraws direct write access everywhere, so that the next write to each page marks it dirty again. */
    public void flushWrites() {
        tlb.flushWrites();
    }

    /** Withdraws direct write access to one frame. */
    public void revokeWrites(int frame) {
        tlb.revokeWrites(frame, memory.hostOf(frame));
    }

    /** Host address of the table of reads in force; see {@link TlbContext} for its layout. */
    public long readTable() {
        return reads;
    }

    /** What selects the entry for a linear address in these tables, after a shift by 8. */
    public static int slotMask() {
        return TlbContext.SLOT_MASK;
    }

    /** Bytes of each table: the table of writes begins so far behind its table of reads, and the one of watched writes as far behind that. */
    public static int tableBytes() {
        return TlbContext.TABLE_BYTES;
    }

    /** Host address of the table of reads for a supervisor with RFLAGS.AC set or clear. */
    public long supervisorReads(boolean accessCheck) {
        return tlb.current().context(accessCheck ? SUPERVISOR_AC : SUPERVISOR).reads;
    }

    /** Host address of the table of reads for CPL 3 without alignment checks. */
    public long userReads() {
        return tlb.current().context(USER).reads;
    }

    /** Stands for where code is at addresses of the same half as this one: the same number, the same translations. */
    public long generation(long linear) {
        return tlb.current().generation(linear);
    }

    /** The {@link #generation} of the upper half that the one in force took its translations from when it was new; 0 for none. */
    public long parentGeneration() {
        return tlb.current().parentGeneration();
    }

    /** Which of {@link #spaces} address spaces is in force. */
    public int space() {
        return tlb.current().number();
    }

    /** How many address spaces a processor remembers at most. */
    public static int spaces() {
        return Tlb.spaces();
    }

    /** The number of the access rights in force: translations of code differ between them. */
    public int context() {
        return current;
    }

    // ---------------------------------------------------------------- watches

    /**
     * Replaces what is watched. Pages with watched bytes stay out of the TLB, so that every access to them is seen; the
     * guest notices nothing. The watcher is told the watch and the first watched byte of the access, by the watch's own
     * kind of address.
     */
    public void watch(List<AccessWatch> newWatches, ObjLongConsumer<AccessWatch> newWatcher) {
        watches.ofDebugger(newWatches, newWatcher);
        flush();
    }

    /** Replaces what the guest watches through its debug registers. */
    void watchForGuest(List<AccessWatch> newWatches, Consumer<AccessWatch> newWatcher) {
        if (watches.ofGuest(newWatches, newWatcher)) {
            flush();
        }
    }

    // ---------------------------------------------------------------- translation

    /** The physical address to fetch code from; faults as a fetch does. */
    public long fetchAddress(long linear) {
        long entry = fetches + TlbContext.slot(linear);
        long offset = linear ^ HostMemory.get64(entry);
        if (offset >>> 12 == 0) {
            return HostMemory.get64(entry + 8) + offset;
        }
        long physical = translate(linear, PageWalker.FETCH);
        context.enter(fetches, linear, physical & PAGE_MASK);
        return physical;
    }

    /** The physical address without any effect on the guest, or -1: for debuggers. */
    public long peek(long linear) {
        return walker.peek(linear);
    }

    /** Eight bytes of a paging structure by physical address; 0 outside RAM. */
    long loadPhysical(long physical) {
        return walker.load(physical, 8);
    }

    private long translate(long linear, int access) {
        checkCanonical(linear);
        return walker.walk(linear, access, current >= USER, allowsUser());
    }

    /** Whether a supervisor may touch user pages now. */
    private boolean allowsUser() {
        return current == SUPERVISOR_AC || (cpu.cr4 & Control.CR4_SMAP) == 0;
    }

    private void checkCanonical(long linear) {
        if (linear << 16 >> 16 != linear && (cpu.efer & Control.EFER_LMA) != 0) {
            throw cpu.fault(Vector.GP, 0).becauseNonCanonical();
        }
    }

    /** All of an operand must be canonical, and then aligned, before any page of it is looked at. */
    private void checkOperand(long linear, int size) {
        if (crosses(linear, size) && cpu.has(ModelChange.WHOLE_OPERANDS)) {
            checkCanonical(wrap(linear + size - 1));
        }
        if (alignsBeforePages()) {
            checkCanonical(linear);
            checkAlignment(linear, Integer.bitCount(size) == 1 ? Math.min(size, LARGEST_ALIGNED) : size);
        }
    }

    /** Whether each operand must be looked at by itself, for its alignment comes before its page. */
    public boolean alignsBeforePages() {
        return current == USER_ALIGNED && cpu.has(ModelChange.ALIGNMENT_BEFORE_PAGES);
    }

    /** The host address of {@code size} bytes by a table of the TLB, or {@link #MISS}; also when they cross the page. */
    private static long lookup(long table, long linear, int size) {
        long entry = table + TlbContext.slot(linear);
        long offset = linear ^ HostMemory.get64(entry);
        boolean inPage = Long.compareUnsigned(offset, GuestMemory.PAGE - size) <= 0;
        return inPage ? HostMemory.get64(entry + 8) + offset : MISS;
    }

    /** Raises #AC(0) where RFLAGS.AC and CR0.AM ask for it (APM volume 2, section 8.2.18). */
    private void checkAlignment(long linear, int size) {
        boolean natural = size <= LARGEST_ALIGNED && Integer.bitCount(size) == 1;
        if (current == USER_ALIGNED && natural && (linear & size - 1) != 0) {
            throw cpu.fault(Vector.AC, 0);
        }
    }

    private static boolean crosses(long linear, int size) {
        return (linear & 4095) + size > 4096;
    }

    // ---------------------------------------------------------------- loads

    public int load8(long linear) {
        long host = lookup(reads, linear, 1);
        return host != MISS ? HostMemory.get8(host) : (int) slowLoad(linear, 1);
    }

    public int load16(long linear) {
        long host = lookup(reads, linear, 2);
        return host != MISS ? HostMemory.get16(host) : (int) slowLoad(linear, 2);
    }

    public int load32(long linear) {
        long host = lookup(reads, linear, 4);
        return host != MISS ? HostMemory.get32(host) : (int) slowLoad(linear, 4);
    }

    public long load64(long linear) {
        long host = lookup(reads, linear, 8);
        return host != MISS ? HostMemory.get64(host) : slowLoad(linear, 8);
    }

    /** Loads 16 bytes into {@code to[at]} (low half) and {@code to[at + 1]}; nothing changes when it faults. */
    public void load128(long linear, long[] to, int at) {
        long host = lookup(reads, linear, 16);
        if (host != MISS) {
            to[at] = HostMemory.get64(host);
            to[at + 1] = HostMemory.get64(host + 8);
        } else {
            long low = load64(linear);
            to[at + 1] = load64(wrap(linear + 8));
            to[at] = low;
        }
    }

    /** Loads 1, 2, 4 or 8 bytes, zero-extended. */
    public long load(long linear, int size) {
        return switch (size) {
            case 1 -> load8(linear);
            case 2 -> load16(linear);
            case 4 -> load32(linear) & 0xFFFF_FFFFL;
            default -> load64(linear);
        };
    }

    private long slowLoad(long linear, int size) {
        if (crosses(linear, size)) {
            return crossingLoad(linear, size);
        }
        checkOperand(linear, size);
        long physical = translate(linear, PageWalker.READ);
        checkAlignment(linear, size);
        int frame = memory.frameAt(physical);
        cpu.machine().footprint().touches(linear, physical, false);
        if (frame < 0) {
            watches.report(linear, physical, size, false);
            return boundary().read(cpu, Space.MMIO, physical, size);
        }
        long host = memory.hostOf(frame) + (linear & 4095);
        enter(reads, linear, frame, host);
        watches.reportRam(linear, frame, size, false);
        return switch (size) {
            case 1 -> HostMemory.get8(host);
            case 2 -> HostMemory.get16(host);
            case 4 -> HostMemory.get32(host);
            default -> HostMemory.get64(host);
        };
    }

    private long crossingLoad(long linear, int size) {
        checkRead(linear, size);
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) load8(wrap(linear + i)) << (8 * i);
        }
        return value;
    }

    /** Raises the fault that reading would raise. */
    public void checkRead(long linear, int size) {
        checkOperand(linear, size);
        translate(linear, PageWalker.READ);
        if (crosses(linear, size)) {
            translate(wrap((linear | 4095) + 1), PageWalker.READ);
        }
        checkAlignment(linear, size);
    }

    private long wrap(long linear) {
        return (cpu.efer & Control.EFER_LMA) != 0 ? linear : linear & 0xFFFF_FFFFL;
    }

    private void enter(long table, long linear, int frame, long host) {
        if (watches.onPageOf(linear, frame) || current == USER_ALIGNED) {
            return;
        }
        if (table == writes) {
            tlb.noteWritable(frame, linear);
        }
        context.enter(table, linear, host & PAGE_MASK);
    }

    // ---------------------------------------------------------------- stores

    public void store8(long linear, int value) {
        long host = lookup(writes, linear, 1);
        if (host != MISS) {
            HostMemory.put8(host, value);
        } else {
            slowStore(linear, 1, value);
        }
    }

    public void store16(long linear, int value) {
        long host = lookup(writes, linear, 2);
        if (host != MISS) {
            HostMemory.put16(host, value);
        } else {
            slowStore(linear, 2, value);
        }
    }

    public void store32(long linear, int value) {
        long host = lookup(writes, linear, 4);
        if (host != MISS) {
            HostMemory.put32(host, value);
        } else {
            slowStore(linear, 4, value);
        }
    }

    public void store64(long linear, long value) {
        long host = lookup(writes, linear, 8);
        if (host != MISS) {
            HostMemory.put64(host, value);
        } else {
            slowStore(linear, 8, value);
        }
    }

    /** Stores 16 bytes; both pages are checked before the first byte moves. */
    public void store128(long linear, long low, long high) {
        long host = lookup(writes, linear, 16);
        if (host != MISS) {
            HostMemory.put64(host, low);
            HostMemory.put64(host + 8, high);
        } else {
            checkWrite(linear, 16);
            store64(linear, low);
            store64(wrap(linear + 8), high);
        }
    }

    /** Stores the low 1, 2, 4 or 8 bytes. */
    public void store(long linear, int size, long value) {
        switch (size) {
            case 1 -> store8(linear, (int) value);
            case 2 -> store16(linear, (int) value);
            case 4 -> store32(linear, (int) value);
            default -> store64(linear, value);
        }
    }

    /** Raises the fault that writing would raise, for instructions that read, modify and write, before they change a flag. */
    public void checkWrite(long linear, int size) {
        if (lookup(writes, linear, size) == MISS) {
            checkOperand(linear, size);
            translate(linear, PageWalker.WRITE);
            if (crosses(linear, size)) {
                translate(wrap((linear | 4095) + 1), PageWalker.WRITE);
            }
            checkAlignment(linear, size);
        }
    }

    /** The host address of an operand in RAM that may be read and written, valid until the next access or flush; 0 where {@link #checkWrite} must do. */
    public long hostForModifying(long linear, int size) {
        return lookup(writes, linear, size);
    }

    private void slowStore(long linear, int size, long value) {
        if (crosses(linear, size)) {
            crossingStore(linear, size, value);
            return;
        }
        long host = lookup(watchedWrites, linear, size);
        int frame;
        if (host != MISS) {
            frame = memory.frameOfHost(host);
        } else {
            checkOperand(linear, size);
            long physical = translate(linear, PageWalker.WRITE);
            checkAlignment(linear, size);
            frame = memory.frameAt(physical);
            cpu.machine().footprint().touches(linear, physical, true);
            if (frame < 0) {
                watches.report(linear, physical, size, true);
                boundary().write(cpu, Space.MMIO, physical, size, value & mask(size));
                return;
            }
            host = memory.hostOf(frame) + (linear & 4095);
            memory.markWritten(frame);
            enter(memory.watched(frame) ? watchedWrites : writes, linear, frame, host);
        }
        if (memory.watched(frame)) {
            memory.writing(frame, (int) linear & 4095, size);
        }
        HostMemory.put(host, size, value);
        watches.reportRam(linear, frame, size, true);
    }

    private static long mask(int size) {
        return size == 8 ? -1L : (1L << 8 * size) - 1;
    }

    private void crossingStore(long linear, int size, long value) {
        checkWrite(linear, size);
        for (int i = 0; i < size; i++) {
            store8(wrap(linear + i), (int) (value >>> 8 * i));
        }
    }

    // ---------------------------------------------------------------- bulk

    /**
     * The host address for reading {@code linear} up to the end of its page, or -1 where that is not plain RAM. Faults
     * as a read does. Valid until the next store or flush.
     */
    public long hostForReading(long linear) {
        long host = lookup(reads, linear, 1);
        if (host == MISS) {
            long physical = translate(linear, PageWalker.READ);
            int frame = memory.frameAt(physical);
            if (frame < 0 || watches.onPageOf(linear, frame) || current == USER_ALIGNED) {
                return -1;
            }
            cpu.machine().footprint().touches(linear, physical, false);
            host = memory.hostOf(frame) + (linear & 4095);
            enter(reads, linear, frame, host);
        }
        return host;
    }

    /** The same for writing; -1 also for code and paging structures. */
    public long hostForWriting(long linear) {
        long host = lookup(writes, linear, 1);
        if (host == MISS) {
            long physical = translate(linear, PageWalker.WRITE);
            int frame = memory.frameAt(physical);
            if (frame < 0 || memory.watched(frame) || watches.onPageOf(linear, frame) || current == USER_ALIGNED) {
                return -1;
            }
            cpu.machine().footprint().touches(linear, physical, true);
            memory.markWritten(frame);
            host = memory.hostOf(frame) + (linear & 4095);
            enter(writes, linear, frame, host);
        }
        return host;
    }

    /**
     * Enters what a read or a write of this address wants into the table in force, so that it will be found there. False, without an effect that the
     * guest could see, when it cannot be: a fault, a device, code, paging structures, something watched; or when entering it made other
     * translations or tables be in force.
     */
    public boolean enter(long linear, boolean write) {
        long lower = generation(0);
        long upper = generation(-1);
        long readsBefore = reads;
        if (faults(linear, write ? PageWalker.WRITE : PageWalker.READ)) {
            return false;
        }
        long host = write ? hostForWriting(linear) : hostForReading(linear);
        return host != -1 && generation(0) == lower && generation(-1) == upper && reads == readsBefore;
    }

    /** Whether it does, told without raising anything; {@link #refusal} says why if it is a page fault. */
    private boolean faults(long linear, int access) {
        refusal = null;
        if (!Descriptors.isCanonical(linear)) {
            return true;
        }
        boolean denied = walker.find(linear, access, current >= USER, allowsUser()) == PageWalker.DENIED;
        // an operand of the last page may end outside of the lower half, which comes first
        refusal = denied && !alignsBeforePages() && !Descriptors.isOnLastPageOfLowerHalf(linear)
                ? walker.denied()
                : null;
        return denied;
    }

    /** The page fault that the last {@link #enter} has found, to be delivered at once; null when it was something else. */
    public GuestFault refusal() {
        return refusal;
    }

    /** Whether an aligned write that is not in the TLB is known to be one to a paging structure of the last level. */
    public boolean isTableWrite(long linear) {
        long host = (linear & 7) == 0 ? lookup(watchedWrites, linear, 8) : MISS;
        return host != MISS && memory.tables().isLastLevel(memory.frameOfHost(host));
    }

    /** Forgets what such a write makes stale, before it is done; whether the tables in force and all other translations stay what they were. */
    public boolean settleTableWrite(long linear) {
        long lower = generation(0);
        long upper = generation(-1);
        memory.writing(memory.frameOfHost(lookup(watchedWrites, linear, 8)), (int) linear & 4095, 8);
        return generation(0) == lower && generation(-1) == upper;
    }

    private Boundary boundary() {
        return cpu.machine().boundary();
    }
}
