package org.retrovisor.monitor.processor;

/**
 * Delivers exceptions and interrupts through the IDT (AMD APM volume 2, chapter 8).
 *
 * <p>A delivery either succeeds or leaves all registers as they were before it (CR2 aside, which a page fault sets even
 * if it cannot be delivered). What goes wrong while delivering is delivered in its place, or becomes a double fault, or
 * shuts the processor down, by the table of the manual.
 *
 * <p>RFLAGS.RF is set by returns from interrupts and cleared by the engine before the next instruction, which it lets pass
 * an instruction breakpoint. What goes wrong behind a task gate may be a fault of the new task, and is delivered there.
 *
 * <p>Traps that a load of SS held back (SDM volume 3, section 6.8.3) come when the handler of an event is entered, before its first
 * instruction. A #DB takes them with it: they are more of its reasons.
 */
public final class Delivery {
    /** DR6.BS: the trap of RFLAGS.TF. */
    public static final int SINGLE_STEP = 1 << 14;

    private Delivery() {}

    /** Delivers a fault, becoming a double fault where the manual says so; false when the processor shuts down. */
    public static boolean fault(Processor cpu, GuestFault fault) {
        int vector = fault.vector();
        int errorCode = fault.errorCode();
        Event event = fault.event();
        noteAddress(cpu, fault);
        while (true) {
            try {
                deliver(cpu, vector, errorCode, event);
                return deliverHeld(cpu);
            } catch (GuestFault next) {
                noteAddress(cpu, next);
                if (vector == Vector.DF && shutsDown(cpu, next.vector())) {
                    return false;
                }
                boolean doubled = doubles(vector, next.vector());
                vector = doubled ? Vector.DF : next.vector();
                errorCode = doubled ? 0 : next.errorCode();
                event = doubled ? Event.FAULT : next.event();
            }
        }
    }

    /** Delivers an accepted maskable interrupt and ends HLT; false when the processor shuts down. */
    public static boolean external(Processor cpu, int vector) {
        return interrupt(cpu, vector, Event.EXTERNAL);
    }

    /** Delivers an NMI, ends HLT and holds further NMIs back until IRET; false when the processor shuts down. */
    public static boolean nonMaskable(Processor cpu) {
        cpu.nmiBlocked = true;
        return interrupt(cpu, Vector.NMI, Event.EXTERNAL);
    }

    /**
     * Delivers #DB behind an instruction, or before one that has a breakpoint (its handler sees to RF itself).
     *
     * @param reasons bits of DR6 to set
     * @return false when the processor shuts down
     */
    public static boolean debug(Processor cpu, int reasons) {
        cpu.dr[6] |= reasons | cpu.breakpoints.release();
        return interrupt(cpu, Vector.DB, Event.TRAP);
    }

    /**
     * INT n, INT3 and INTO, to be called with RIP behind the instruction.
     *
     * @throws GuestFault when the gate does not let it pass; no register has changed then
     */
    public static void software(Processor cpu, int vector) {
        deliver(cpu, vector, GuestFault.NO_ERROR_CODE, Event.SOFTWARE);
    }

    /**
     * INT1: a #DB that no gate's DPL stops, to be called with RIP behind the instruction.
     *
     * @throws GuestFault when the gate does not let it pass; no register has changed then
     */
    public static void debugInterrupt(Processor cpu) {
        deliver(cpu, Vector.DB, GuestFault.NO_ERROR_CODE, Event.TRAP);
        cpu.dr[6] |= cpu.breakpoints.release();
    }

    private static boolean interrupt(Processor cpu, int vector, Event event) {
        cpu.halted = false;
        cpu.interruptShadow = false;
        try {
            deliver(cpu, vector, GuestFault.NO_ERROR_CODE, event);
            return deliverHeld(cpu);
        } catch (GuestFault fault) {
            return fault(cpu, fault);
        }
    }

    private static boolean deliverHeld(Processor cpu) {
        int held = cpu.breakpoints.release();
        return held == 0 || debug(cpu, held);
    }

    private static void deliver(Processor cpu, int vector, int errorCode, Event event) {
        if (cpu.longMode()) {
            LongDelivery.deliver(cpu, vector, errorCode, event);
        } else if (cpu.protectedMode()) {
            LegacyDelivery.deliver(cpu, vector, errorCode, event);
        } else {
            RealDelivery.deliver(cpu, vector);
        }
        cpu.stepInhibited = true;
        if (vector == Vector.DB) {
            cpu.dr[7] &= ~DebugRegisters.DR7_GD;
        }
    }

    private static void noteAddress(Processor cpu, GuestFault fault) {
        if (fault.vector() == Vector.PF) {
            cpu.cr2 = fault.address();
        }
    }

    /** Whether a second fault while delivering a first one makes a double fault (APM volume 2, table 8-5). */
    private static boolean doubles(int first, int second) {
        boolean afterPageFault = first == Vector.PF && (second == Vector.PF || contributory(second));
        return afterPageFault || contributory(first) && contributory(second);
    }

    /** Whether a fault while a double fault is delivered is the end (SDM volume 3, section 6.15, #DF). */
    private static boolean shutsDown(Processor cpu, int vector) {
        return vector == Vector.PF || contributory(vector) || !cpu.has(ModelChange.BENIGN_BEHIND_DOUBLE_FAULT);
    }

    private static boolean contributory(int vector) {
        return switch (vector) {
            case Vector.DE, Vector.TS, Vector.NP, Vector.SS, Vector.GP -> true;
            default -> false;
        };
    }

    /** RFLAGS as the frame of an event holds it: with RF when an instruction is under way (SDM volume 3, section 17.3.1.1). */
    static int flagsImage(Processor cpu, Event event) {
        boolean repeating = cpu.midRepeat() && cpu.has(ModelChange.RESUME_FLAG_BETWEEN_ITERATIONS);
        return event == Event.FAULT || repeating ? cpu.rflags() | Control.RF : cpu.rflags();
    }

    /** The same in the task that an event leaves through a task gate (SDM volume 3, section 27.3.3). */
    static int flagsOfLeftTask(Processor cpu, Event event) {
        return cpu.has(ModelChange.RESUME_FLAG_OF_LEFT_TASK) ? flagsImage(cpu, event) : cpu.rflags();
    }

    /** RFLAGS when the handler starts. */
    static int flagsInside(Processor cpu, boolean interruptGate) {
        int cleared = Control.TF | Control.NT | Control.RF | Control.VM | (interruptGate ? Control.IF : 0);
        return cpu.rflags() & ~cleared;
    }
}
