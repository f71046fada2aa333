package org.retrovisor.monitor.processor;

/**
 * Task switches by hardware, through 32-bit and 16-bit task state segments (Intel SDM volume 3, section 7.3; AMD APM
 * volume 2, section 12.2). Long mode has none.
 *
 * <p>Everything of the old task and of the descriptors is checked before the first change. From then on the processor is
 * in the new task, and what is wrong with its segments is a fault of the new task: {@link GuestFault#inNewTask}.
 */
public final class TaskSwitch {
    /** What leads to another task. */
    public enum Way {
        /** JMP: the old task ends. */
        JUMP,
        /** CALL and interrupts: the new task is nested in the old one. */
        CALL,
        /** IRET: back to the task that this one is nested in. */
        RETURN
    }

    private static final int BUSY = 2;
    private static final int BUSY_BYTE = 5;
    private static final int TABLE_INDICATOR = 4;
    private static final long LOCAL_BREAKPOINTS = 0x155;
    /** DR6.BT: the debug bit of the new task's TSS. */
    private static final int DR6_BT = 1 << 15;
    /** The order in which a TSS holds the segment registers. */
    private static final int[] IN_TSS = {Segment.ES, Segment.CS, Segment.SS, Segment.DS, Segment.FS, Segment.GS};

    private final Processor cpu;
    private final Way way;
    private final int selector;
    private final int external;
    private final int flags;
    private final Segment tss = new Segment();
    private final Segment before = new Segment();
    private long descriptor;
    private boolean debugTrap;

    private TaskSwitch(Processor cpu, Way way, int selector, int external, int flags) {
        this.cpu = cpu;
        this.way = way;
        this.selector = selector;
        this.external = external;
        this.flags = flags;
    }

    /**
     * Switches to the task whose TSS a selector names; the caller has checked its privilege. RIP is behind the instruction.
     *
     * @param external the EXT bit of error codes
     * @throws GuestFault before anything changed, or in the new task
     */
    public static void to(Processor cpu, Way way, int selector, int external) {
        perform(cpu, way, selector, external, cpu.rflags()).trap();
    }

    /**
     * Switches to a task that handles an exception or interrupt, and pushes the error code there.
     *
     * @param errorCode or {@link GuestFault#NO_ERROR_CODE}
     * @param flags those of the task that is left
     */
    static void toHandler(Processor cpu, int selector, int external, int errorCode, int flags) {
        TaskSwitch change = perform(cpu, Way.CALL, selector, external, flags);
        if (!cpu.has(ModelChange.TASK_DEBUG_TRAP)) {
            change.trap();
        }
        if (errorCode != GuestFault.NO_ERROR_CODE) {
            cpu.push(TaskImage.isWide(cpu.segments[Segment.TR]) ? 4 : 2, errorCode);
        }
        change.trap();
    }

    private static TaskSwitch perform(Processor cpu, Way way, int selector, int external, int flags) {
        int rights = cpu.mmu.enterSupervisor();
        TaskSwitch change = new TaskSwitch(cpu, way, selector, external, flags);
        try {
            change.check();
            TaskImage image = change.exchange();
            change.commit(image);
        } catch (GuestFault fault) {
            cpu.mmu.leaveSupervisor(rights);
            throw fault;
        }
        cpu.mmu.selectContext();
        change.enter();
        return change;
    }

    /** The task that the current one is nested in. */
    public static int link(Processor cpu) {
        Segment current = cpu.segments[Segment.TR];
        int rights = cpu.mmu.enterSupervisor();
        try {
            return cpu.mmu.load16(current.base);
        } finally {
            cpu.mmu.leaveSupervisor(rights);
        }
    }

    // ---------------------------------------------------------------- checks

    private void check() {
        int invalid = way == Way.RETURN ? Vector.TS : Vector.GP;
        int code = Descriptors.errorCode(selector) | external;
        long address = (selector & TABLE_INDICATOR) != 0 ? -1 : Descriptors.address(cpu, selector, 8);
        if (address == -1 || Descriptors.isNull(selector)) {
            throw cpu.fault(invalid, code);
        }
        descriptor = Descriptors.load64(cpu, address);
        int wanted = way == Way.RETURN ? Descriptors.TSS16_BUSY : Descriptors.TSS16_AVAILABLE;
        if (!Descriptors.isSystem(descriptor) || (Descriptors.type(descriptor) & ~8) != wanted) {
            throw cpu.fault(invalid, code);
        }
        if (!Descriptors.present(descriptor)) {
            throw cpu.fault(Vector.NP, code);
        }
        SegmentLoader.set(tss, selector, descriptor);
        tss.attributes = Descriptors.attributes(descriptor) | BUSY;
        if (tss.limit < TaskImage.lastByte(tss)) {
            throw cpu.fault(Vector.TS, code);
        }
        before.set(cpu.segments[Segment.TR]);
        TaskImage.checkAccess(cpu, before, tss, way == Way.CALL);
        if (PagePointers.inForce(cpu) && TaskImage.isWide(tss) && cpu.has(ModelChange.KEPT_POINTERS)) {
            PagePointers.check(cpu, TaskImage.cr3(cpu, tss));
        }
    }

    // ---------------------------------------------------------------- the exchange

    /** Saves the old task and reads the new one. */
    private TaskImage exchange() {
        if (way != Way.CALL) {
            setBusy(before.selector, false);
        }
        TaskImage.save(cpu, before, way == Way.RETURN ? flags & ~Control.NT : flags);
        TaskImage image = TaskImage.load(cpu, tss);
        if (way == Way.CALL) {
            cpu.mmu.store16(tss.base, before.selector);
            image.flags |= Control.NT;
        }
        if (way != Way.RETURN) {
            setBusy(selector, true);
        }
        return image;
    }

    private void setBusy(int task, boolean busy) {
        long address = Descriptors.address(cpu, task, 8);
        if (address != -1) {
            int access = cpu.mmu.load8(address + BUSY_BYTE);
            cpu.mmu.store8(address + BUSY_BYTE, busy ? access | BUSY : access & ~BUSY);
        }
    }

    private void commit(TaskImage image) {
        cpu.segments[Segment.TR].set(tss);
        cpu.cr0 |= Control.CR0_TS;
        cpu.dr[7] &= ~LOCAL_BREAKPOINTS;
        cpu.breakpoints.update();
        if (image.wide && (cpu.cr0 & Control.CR0_PG) != 0) {
            cpu.cr3 = image.cr3;
            cpu.mmu.selectSpace();
        }
        System.arraycopy(image.registers, 0, cpu.gpr, 0, image.registers.length);
        cpu.gpr[Processor.RIP] = image.rip;
        cpu.setRflags(image.flags & (Flags.STATUS | Control.SYSTEM));
        for (int n = 0; n < IN_TSS.length; n++) {
            cpu.segments[IN_TSS[n]].set(image.selectors[n], 0, 0, 0);
        }
        cpu.segments[Segment.LDTR].set(image.ldt, 0, 0, 0);
        cpu.cpl = cpu.virtual8086() ? 3 : image.selectors[1] & 3;
        debugTrap = image.debugTrap;
    }

    // ---------------------------------------------------------------- in the new task

    private void enter() {
        try {
            loadLdt(cpu.segments[Segment.LDTR].selector);
            if (cpu.virtual8086()) {
                for (int number : IN_TSS) {
                    SegmentLoader.loadVirtual8086(cpu, number, cpu.segments[number].selector);
                }
                cpu.updateCodeSize();
            } else {
                loadCode(cpu.segments[Segment.CS].selector);
                loadStack(cpu.segments[Segment.SS].selector);
                for (int number : new int[]{Segment.DS, Segment.ES, Segment.FS, Segment.GS}) {
                    loadData(number, cpu.segments[number].selector);
                }
            }
            if (cpu.gpr[Processor.RIP] > cpu.segments[Segment.CS].limit) {
                throw cpu.fault(Vector.GP, external);
            }
        } catch (GuestFault fault) {
            throw fault.inTheNewTask();
        }
    }

    /** The trap of the debug bit, when all of the switch is done (SDM volume 3, section 17.3.1.5). */
    private void trap() {
        if (debugTrap) {
            cpu.dr[6] |= DR6_BT;
            GuestFault fault = cpu.fault(Vector.DB).inTheNewTask();
            throw cpu.has(ModelChange.TASK_DEBUG_TRAP) ? fault.asTrap() : fault;
        }
    }

    private void loadLdt(int ldt) {
        if (Descriptors.isNull(ldt)) {
            return;
        }
        int code = Descriptors.errorCode(ldt) | external;
        if ((ldt & TABLE_INDICATOR) != 0) {
            throw cpu.fault(Vector.TS, code);
        }
        long found = Descriptors.read(cpu, ldt, Vector.TS, external);
        boolean table = Descriptors.isSystem(found) && Descriptors.type(found) == Descriptors.LDT;
        if (!table || !Descriptors.present(found)) {
            throw cpu.fault(Vector.TS, code);
        }
        cpu.segments[Segment.LDTR].set(
                ldt, Descriptors.base(found), Descriptors.limit(found), Descriptors.attributes(found));
    }

    private void loadCode(int code) {
        long found = read(code);
        int dpl = Descriptors.dpl(found);
        boolean fits = Descriptors.isConforming(found) ? dpl <= (code & 3) : dpl == (code & 3);
        if (!Descriptors.isCode(found) || !fits) {
            throw cpu.fault(Vector.TS, Descriptors.errorCode(code) | external);
        }
        if (!Descriptors.present(found)) {
            throw cpu.fault(Vector.NP, Descriptors.errorCode(code) | external);
        }
        SegmentLoader.setCode(cpu, code, found, code & 3);
    }

    private void loadStack(int stack) {
        if (Descriptors.isNull(stack)) {
            throw cpu.fault(Vector.TS, Descriptors.errorCode(stack) | external);
        }
        long found = SegmentLoader.checkStack(cpu, stack, cpu.cpl, Vector.TS, external);
        Descriptors.markAccessed(cpu, stack, found);
        SegmentLoader.set(cpu.segments[Segment.SS], stack, found);
    }

    private void loadData(int number, int data) {
        if (Descriptors.isNull(data)) {
            return;
        }
        long found = read(data);
        boolean readable = !Descriptors.isCode(found) || (Descriptors.type(found) & Segment.WRITABLE) != 0;
        boolean allowed = Descriptors.isConforming(found)
                || Math.max(cpu.cpl, data & 3) <= Descriptors.dpl(found);
        if (Descriptors.isSystem(found) || !readable || !allowed) {
            throw cpu.fault(Vector.TS, Descriptors.errorCode(data) | external);
        }
        if (!Descriptors.present(found)) {
            throw cpu.fault(Vector.NP, Descriptors.errorCode(data) | external);
        }
        Descriptors.markAccessed(cpu, data, found);
        SegmentLoader.set(cpu.segments[number], data, found);
    }

    private long read(int from) {
        if (Descriptors.isNull(from)) {
            throw cpu.fault(Vector.TS, Descriptors.errorCode(from) | external);
        }
        return Descriptors.read(cpu, from, Vector.TS, external);
    }
}
