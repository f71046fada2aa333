package org.retrovisor.monitor.translator;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.FlatSegments;
import org.retrovisor.monitor.processor.GuestFault;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

/**
 * What generated code and Java share: the guest's registers on their way in and out, and a few tables' addresses.
 *
 * <pre>
 *   R15 - 128   RAX to R15 of the guest, 8 bytes each
 *   R15 +   0   RIP
 *   R15 +   8   status flags: OF in bit 0, the byte of LAHF in bits 8 to 15
 *   R15 +  16   moments left
 *   R15 +  24   why the code returned: an {@link Leaving}
 *   R15 +  32   tables of the software TLB
 *   R15 +  40   MSR TSC_AUX
 *   R15 +  48   table of jumps
 *   R15 +  56   FS base, +64 GS base
 *   R15 +  72   scratch
 *   R15 +  80   MXCSR of the guest, +84 MXCSR of the host
 *   R15 +  88   RFLAGS without the status flags, +96 CPL
 *   R15 + 104   the other GS base of SWAPGS
 *   R15 + 112   tables of the software TLB for a supervisor with RFLAGS.AC clear, +128 with it set
 *   R15 + 120   not 0 if generated code may execute IRET, +136 base of the GDT
 *   R15 + 144   not 0 if Java waits until interrupts are accepted
 *   R15 + 152   moments that were left when STI began an interrupt shadow
 *   R15 + 160   segment selectors, 2 bytes each
 *   R15 + 172   not 0 if the XMM registers below are the guest's, +176 if generated code has changed them
 *   R15 + 184   moments that were left when RFLAGS.RF was set, which holds for one instruction
 *   R15 + 192   tables of the software TLB for CPL 3
 *   R15 + 208   tables of jumps for CPL 3, and for a supervisor in the upper half
 *   R15 + 224   where SYSCALL goes, +232 RFLAGS that it leaves, +240 not 0 if generated code may execute it
 *   R15 + 244   not 0 if SYSCALL, SYSRET or IRET was executed, so that CPL, CS and SS are what the last of them made them:
 *               1 for a flat SS, 2 for a null one at CPL 0
 *   R15 + 248   selectors of CS and SS after SYSCALL, +252 after SYSRET
 *   R15 + 256   CR2, CR3, CR4
 *   R15 + 280   the {@link StackPage}: linear and host address, and below which offset accesses fit, or 0
 *   R15 + 304   the linear address that was not in the TLB
 *   R15 + 312   for a read, +320 for a write: the host address of the jump behind which to go on, or 0
 *   R15 + 328   not 0 if the x87 unit is the guest's, +332 if a block used it
 *   R15 + 336   opcode of the last x87 instruction, +344 pointer to it, +352 to its operand
 *   R15 + 360   x87 status word of the last comparison, +364 a scratch one
 *   R15 + 368   the operand of a shift whose flags are parked
 *   R15 + 376   the host address of the jump behind which to go on when the timestamp counter was read
 *   R15 + 384   XMM0 to XMM15, 16 bytes each
 *   R15 + 640   x87 state as FXSAVE stores it, 512 bytes
 *   R15 + 1152  the frame of an IRET under way, 40 bytes
 *   R15 + 1192  host address of RAM, +1200 of the bytes that tell tables of the last level, +1208 of the bits that tell used entries
 *   R15 + 1216  where loops keep places of TLB entries, 512 bytes
 *   R15 + 1728  what an access goes on with that {@link CrossingCopy} made, 16 bytes
 *   R15 + 1744  how far that is from the linear address, +1752 not 0 if the access that was missed goes on with it
 *   R15 + 1760  iterations of a repeated string instruction under way
 * </pre>
 *
 * <p>All up to the x87 unit is exchanged through a {@link StateWindow}.
 */
final class StateBlock {
    static final int RIP = 0;
    static final int FLAGS = 8;
    static final int BUDGET = 16;
    static final int LEAVING = 24;
    static final int TABLES = 32;
    static final int TSC_AUX = 40;
    static final int JUMPS = 48;
    static final int FS_BASE = 56;
    static final int GS_BASE = 64;
    static final int SCRATCH = 72;
    static final int MXCSR = 80;
    static final int HOST_MXCSR = 84;
    static final int SYSTEM_FLAGS = 88;
    static final int CPL = 96;
    static final int KERNEL_GS_BASE = 104;
    static final int PLAIN_TABLES = 112;
    static final int INTERRUPT_RETURNS = 120;
    static final int AC_TABLES = 128;
    static final int GDT_BASE = 136;
    static final int WINDOW_WANTED = 144;
    static final int SHADOW_AT = 152;
    private static final int SELECTORS = 160;
    static final int VECTORS_VALID = 172;
    static final int VECTORS_CHANGED = 176;
    static final int RESUME_AT = 184;
    static final int USER_TABLES = 192;
    static final int USER_JUMPS = 208;
    static final int UPPER_JUMPS = 216;
    static final int CALL_TARGET = 224;
    static final int CALL_MASK = 232;
    static final int CALLS = 240;
    static final int LEVEL_CHANGED = 244;
    static final int FLAT_STACK = 1;
    static final int NULL_STACK = 2;
    static final int CALL_SELECTORS = 248;
    static final int RETURN_SELECTORS = 252;
    private static final int CONTROL_REGISTERS = 256;
    static final int STACK_PAGE = 280;
    static final int STACK_HOST = 288;
    static final int STACK_LIMIT = 296;
    static final int MISSED_ADDRESS = 304;
    static final int MISSED_READ = 312;
    static final int MISSED_WRITE = 320;
    static final int X87_VALID = 328;
    static final int X87_USED = 332;
    static final int X87_OPCODE = 336;
    static final int X87_INSTRUCTION_POINTER = 344;
    static final int X87_DATA_POINTER = 352;
    static final int X87_CONDITIONS = 360;
    static final int X87_STATUS = 364;
    static final int SHIFTED = 368;
    static final int TIMESTAMP_AT = 376;
    private static final int VECTORS = 384;
    static final int X87_IMAGE = 640;
    private static final int FRAME = X87_IMAGE + HostX87.IMAGE_BYTES;
    static final int RAM = FRAME + 5 * 8;
    static final int LAST_LEVEL_TABLES = RAM + 8;
    static final int USED_ENTRIES = LAST_LEVEL_TABLES + 8;
    static final int KEPT_ENTRIES = USED_ENTRIES + 8;
    static final int KEPT_ENTRY_COUNT = 64;
    static final int COPY = KEPT_ENTRIES + 8 * KEPT_ENTRY_COUNT;
    static final int COPY_DISTANCE = COPY + 16;
    static final int COPIED = COPY_DISTANCE + 8;
    static final int ITERATIONS = COPIED + 8;
    private static final int REGISTERS = -128;
    private static final int WINDOW_END = X87_VALID;
    private static final int BYTES = 128 + ITERATIONS + 8;
    /** Length of the jump to the way out, behind which {@link WaysOut} resumes. */
    private static final int JUMP_BYTES = 5;
    /** All exceptions masked, round to nearest: what Java and the ABI expect. */
    static final int USUAL_MXCSR = 0x1F80;

    private final MemorySegment block = Arena.ofAuto().allocate(BYTES, 64);
    private final long origin = block.address() - REGISTERS;
    private final StateWindow window = new StateWindow(block.asSlice(0, WINDOW_END - REGISTERS), REGISTERS);
    private final MemorySegment vectors = block.asSlice(VECTORS - REGISTERS, 16 * 16);
    private final CrossingCopy crossing = new CrossingCopy(this, origin);
    private final HostX87 x87 = new HostX87(origin, block.asSlice(X87_IMAGE - REGISTERS, HostX87.IMAGE_BYTES));
    /** Whether the next call will probably use XMM registers: the one before did. */
    private boolean vectorsExpected;
    /** Whether it was left in the middle of a block, for an access that goes beyond the end of its page. */
    private boolean crosses;
    /** The last access that was resumed since generated code was entered. */
    private long resumed;

    private long resumedAddress;
    private GuestFault fault;
    /** Whether all that the access made stale was forgotten, more than can be gone on after. */
    private boolean settled;

    /** Why generated code returned to Java. */
    enum Leaving {
        /** The next block has more instructions than moments are left. */
        BUDGET("moments used up"),
        /** The next block is not in the table of jumps. */
        LOOKUP("next block not in the table of jumps"),
        /** The next block uses XMM registers, which were not brought along. */
        VECTORS("XMM registers wanted"),
        /** The next block uses the x87 unit, which is not the guest's now. */
        X87("x87 unit wanted"),
        /** The next instruction reads the timestamp counter; everything else stays where it is. */
        TIMESTAMP("timestamp counter read"),
        /** The next instruction is an IRET, which needs the interpreter. */
        INTERRUPT_RETURN("to the interpreter for IRET"),
        /** The next instruction needs the interpreter. */
        SLOW("to the interpreter");

        static final Leaving[] ALL = values();
        private final String text;

        Leaving(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /** For code that is executed with this memory. */
    StateBlock(GuestMemory memory) {
        HostMemory.put64(origin + RAM, memory.hostOf(0));
        HostMemory.put64(origin + LAST_LEVEL_TABLES, memory.tables().lastLevel());
        HostMemory.put64(origin + USED_ENTRIES, memory.tables().usedEntries());
    }

    /** What R15 holds. */
    long origin() {
        return origin;
    }

    /** Where a general register of the guest is, relative to R15. */
    static int register(int number) {
        return REGISTERS + 8 * Objects.checkIndex(number, 16);
    }

    /** Where an XMM register of the guest is, relative to R15. */
    static int vector(int number) {
        return VECTORS + 16 * number;
    }

    /** Where a segment's selector is, relative to R15. */
    static int selector(int segment) {
        return SELECTORS + 2 * segment;
    }

    /** Where a slot of IRET's frame is, relative to R15. */
    static int frame(int slot) {
        return FRAME + 8 * slot;
    }

    /** Where CR2, CR3 or CR4 is, relative to R15. */
    static int controlRegister(int number) {
        return CONTROL_REGISTERS + 8 * (number - 2);
    }

    /** Brings registers, flags and tables along for so many moments. */
    void enter(Processor cpu, long budget, JumpTables jumps) {
        window.put(REGISTERS, cpu.gpr, Instruction.RIP);
        int status = cpu.flags.status();
        window.put(FLAGS, (long) (status & 0xD5 | 2) << 8 | ((status & Flags.OF) != 0 ? 1 : 0));
        window.put(MXCSR, cpu.mxcsr, USUAL_MXCSR);
        window.put(BUDGET, budget);
        window.put(STACK_LIMIT, 0);
        window.put(MISSED_READ, 0);
        window.put(MISSED_WRITE, 0);
        window.put(TABLES, cpu.mmu.readTable());
        window.put(JUMPS, jumps.of(cpu).address());
        enterVectors(cpu);
        x87.enter(cpu);
        enterSystem(cpu, budget);
        enterCalls(cpu, jumps);
        window.send();
        fault = null;
        settled = false;
        resumed = 0;
    }

    private void enterCalls(Processor cpu, JumpTables jumps) {
        long target = cpu.msrs.get(Msr.LSTAR);
        long masked = cpu.msrs.get(Msr.SFMASK);
        boolean usual = (cpu.efer & Control.EFER_SCE) != 0 && target < 0 && (masked & Control.AC) != 0;
        window.put(CALLS, usual ? 1 : 0, 0); // and LEVEL_CHANGED
        window.put(INTERRUPT_RETURNS, usual && FlatSegments.maybeReturnedTo(cpu) ? 1 : 0);
        if (usual) {
            window.put(GDT_BASE, cpu.gdtBase);
            window.put(USER_TABLES, cpu.mmu.userReads());
            window.put(USER_JUMPS, jumps.user(cpu).address());
            window.put(UPPER_JUMPS, jumps.upper(cpu).address());
            window.put(CALL_TARGET, target);
            window.put(CALL_MASK, ~masked);
            window.put(CALL_SELECTORS, FlatSegments.callSelectors(cpu), FlatSegments.returnSelectors(cpu));
        }
    }

    private void leaveCalls(Processor cpu) {
        int kind = window.get32(LEVEL_CHANGED);
        if (kind == 0) {
            return;
        }
        if (window.get32(CPL) != 0) {
            FlatSegments.callReturn(cpu, true);
        } else if (kind == FLAT_STACK) {
            FlatSegments.call(cpu);
        } else {
            FlatSegments.callWithNullStack(cpu);
        }
    }

    /** Most code uses no XMM registers, and most calls are short: the registers are copied when they are asked for. */
    private void enterVectors(Processor cpu) {
        if (vectorsExpected) {
            MemorySegment.copy(cpu.xmm, 0, vectors, ValueLayout.JAVA_LONG, 0, cpu.xmm.length);
        }
        window.put(VECTORS_CHANGED, 0);
    }

    private void leaveVectors(Processor cpu) {
        boolean changed = window.get32(VECTORS_CHANGED) != 0;
        if (changed) {
            MemorySegment.copy(vectors, ValueLayout.JAVA_LONG, 0, cpu.xmm, 0, cpu.xmm.length);
        }
        vectorsExpected = changed || leaving() == Leaving.VECTORS || (asks() || crosses) && vectorsExpected;
        crosses = false;
    }

    /** Whether it was left for a block that lacks something, and may lack the rest, too, the next time. */
    private boolean asks() {
        return leaving() == Leaving.VECTORS || leaving() == Leaving.X87;
    }

    private void enterSystem(Processor cpu, long budget) {
        window.put(SYSTEM_FLAGS, cpu.systemFlags & ~Control.RF);
        window.put(CPL, cpu.cpl);
        window.put(WINDOW_WANTED, cpu.windowWanted() ? 1 : 0);
        window.put(SHADOW_AT, -1);
        window.put(RESUME_AT, (cpu.systemFlags & Control.RF) == 0 ? -1 : budget);
        Segment[] segments = cpu.segments;
        window.put(SELECTORS, pair(segments[Segment.ES], segments[Segment.CS]),
                pair(segments[Segment.SS], segments[Segment.DS]));
        window.put(selector(Segment.FS), pair(segments[Segment.FS], segments[Segment.GS]), vectorsExpected ? 1 : 0); // and VECTORS_VALID
        window.put(FS_BASE, segments[Segment.FS].base);
        window.put(GS_BASE, segments[Segment.GS].base);
        window.put(KERNEL_GS_BASE, cpu.msrs.get(Msr.KERNEL_GS_BASE));
        window.put(TSC_AUX, cpu.msrs.get(Msr.TSC_AUX));
        window.put(PLAIN_TABLES, cpu.mmu.supervisorReads(false));
        window.put(AC_TABLES, cpu.mmu.supervisorReads(true));
        window.put(controlRegister(2), cpu.cr2);
        window.put(controlRegister(3), cpu.cr3);
        window.put(controlRegister(4), cpu.cr4);
    }

    private static int pair(Segment low, Segment high) {
        return low.selector & 0xFFFF | high.selector << Short.SIZE;
    }

    private void leaveSystem(Processor cpu) {
        int flags = window.get32(SYSTEM_FLAGS);
        boolean accessCheckChanged = ((flags ^ cpu.systemFlags) & Control.AC) != 0;
        cpu.systemFlags = flags | (justReached(RESUME_AT) ? Control.RF : 0);
        if (accessCheckChanged) {
            cpu.mmu.selectContext();
        }
        cpu.segments[Segment.FS].base = window.get(FS_BASE);
        cpu.segments[Segment.GS].base = window.get(GS_BASE);
        cpu.msrs.set(Msr.KERNEL_GS_BASE, window.get(KERNEL_GS_BASE));
    }

    /** Takes registers, flags and RIP back; returns the moments that are left. */
    long leave(Processor cpu) {
        window.fetch();
        window.get(REGISTERS, cpu.gpr, Instruction.RIP);
        cpu.gpr[Processor.RIP] = window.get(RIP);
        int flags = (int) window.get(FLAGS);
        cpu.flags.setStatus(flags >> 8 & 0xD5 | ((flags & 1) != 0 ? Flags.OF : 0));
        leaveVectors(cpu);
        x87.leave(cpu, asks());
        cpu.mxcsr = window.get32(MXCSR);
        leaveRights(cpu);
        cpu.interruptShadow = justReached(SHADOW_AT);
        return budget();
    }

    /** Whether nothing was executed since as many moments were left as stand at a place. */
    private boolean justReached(int place) {
        return window.get(place) == window.get(BUDGET);
    }

    /** Makes the processor's level and access rights those of the guest now, as page walks must know them. */
    void leaveRights(Processor cpu) {
        leaveSystem(cpu);
        leaveCalls(cpu);
    }

    /**
     * After generated code has left for an access that was not in the TLB: enters it there.
     *
     * @return the host address at which the access goes on, with all registers in their places; 0 when it needs the interpreter, or
     *     generated code must be entered anew
     */
    long resume(Processor cpu) {
        window.fetch();
        fault = null;
        settled = false;
        long read = window.get(MISSED_READ);
        long missed = read | window.get(MISSED_WRITE);
        if (missed == 0) {
            return 0;
        }
        forgetMiss();
        long address = window.get(MISSED_ADDRESS);
        if (missed == resumed && address == resumedAddress) {
            crosses = true;
            return 0; // it goes on into the next page
        }
        boolean beyond = CrossingAccess.isBeyond(CrossingAccess.wordAt(missed), address);
        HostMemory.put32(origin + COPIED, beyond ? 1 : 0);
        if (beyond) {
            return resumeCrossing(cpu, missed, address);
        }
        resumed = missed;
        resumedAddress = address;
        leaveRights(cpu);
        HostMemory.put64(origin + STACK_LIMIT, 0); // its page may just have become one that must be watched
        if (read == 0 && cpu.mmu.isTableWrite(address)) {
            return resumeTableWrite(cpu, missed, address);
        }
        if (cpu.mmu.enter(address, read == 0)) {
            return missed + JUMP_BYTES;
        }
        fault = leaving() == Leaving.SLOW ? cpu.mmu.refusal() : null; // an IRET that faults does more than that
        return 0;
    }

    private long resumeCrossing(Processor cpu, long missed, long address) {
        HostMemory.put64(origin + STACK_LIMIT, 0);
        HostMemory.put64(origin + STACK_HOST, 0); // what is added to the address of the copy where it is the stack's
        if (crossing.make(cpu, missed, address)) {
            return missed + JUMP_BYTES;
        }
        crosses = true;
        fault = leaving() == Leaving.SLOW ? crossing.refusal() : null;
        return 0;
    }

    /** To a paging structure, of an entry that is in a translation: when that is forgotten, generated code may write it. */
    private long resumeTableWrite(Processor cpu, long missed, long address) {
        if (!cpu.mmu.settleTableWrite(address)) {
            settled = true;
            return 0;
        }
        if (!cpu.mmu.isTableWrite(address)) {
            resumed = 0; // it is plain memory now, to be entered next
        }
        return missed + JUMP_BYTES;
    }

    /** The page fault that the access raises for which generated code has left, or null when the interpreter must find out. */
    GuestFault fault() {
        return fault;
    }

    /**
     * After generated code has left for the timestamp counter: puts it into EDX:EAX.
     *
     * @return the host address at which to go on
     */
    long resume(long timestamp) {
        HostMemory.put64(origin + register(Processor.RAX), timestamp & 0xFFFF_FFFFL);
        HostMemory.put64(origin + register(Processor.RDX), timestamp >>> 32);
        return HostMemory.get64(origin + TIMESTAMP_AT) + JUMP_BYTES;
    }

    /** The moments that are left now, while generated code has not been left for good. */
    long budget() {
        return HostMemory.get64(origin + BUDGET);
    }

    /** Whether generated code goes on with a copy of what it accesses. */
    boolean copied() {
        return HostMemory.get32(origin + COPIED) != 0;
    }

    /** Whether generated code, entered anew, may make the access for which it has left last. */
    boolean settled() {
        return settled;
    }

    private void forgetMiss() {
        HostMemory.put64(origin + MISSED_READ, 0);
        HostMemory.put64(origin + MISSED_WRITE, 0);
    }

    HostX87 x87() {
        return x87;
    }

    Leaving leaving() {
        return Leaving.ALL[(int) HostMemory.get64(origin + LEAVING)];
    }
}
