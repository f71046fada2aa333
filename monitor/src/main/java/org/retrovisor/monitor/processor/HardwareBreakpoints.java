package org.retrovisor.monitor.processor;

import java.util.ArrayList;
import java.util.List;

/**
 * The breakpoints that the guest set in DR0 to DR3 and DR7 (AMD APM volume 2, section 13.1.4).
 *
 * <p>Instruction breakpoints fault before the instruction, data breakpoints trap behind it; while any is armed, the engine
 * takes one instruction at a time. With CR4.DE there are breakpoints on ports, which trap, too. A hit that comes with another event (a
 * fault, a software interrupt) is lost. Behind a load of SS there are no instruction breakpoints, and its hits are held back until the
 * next instruction is done or a handler is entered.
 */
public final class HardwareBreakpoints {
    private static final int REGISTERS = 4;
    private static final int EXECUTE = 0;
    private static final int READ_OR_WRITE = 3;
    private static final int PORT = 2;
    private static final int[] LENGTHS = {1, 2, 8, 4};

    private final Processor cpu;
    /** What each register watches; null for none, or when it is an instruction breakpoint. */
    private final AccessWatch[] watches = new AccessWatch[REGISTERS];

    private int instructions;
    private int ports;
    private boolean armed;
    private int hits;
    private boolean held;
    private int heldBack;

    HardwareBreakpoints(Processor cpu) {
        this.cpu = cpu;
    }

    /** To be called when a debug register or CR4.DE changed. */
    void update() {
        instructions = 0;
        ports = 0;
        boolean extensions = (cpu.cr4 & Control.CR4_DE) != 0;
        List<AccessWatch> watched = new ArrayList<>();
        for (int register = 0; register < REGISTERS; register++) {
            boolean enabled = (cpu.dr[7] >> 2 * register & 3) != 0;
            int kind = (int) (cpu.dr[7] >> 16 + 4 * register) & 3;
            watches[register] = enabled && kind != EXECUTE && kind != PORT ? watch(register, kind) : null;
            if (watches[register] != null) {
                watched.add(watches[register]);
            } else if (enabled && kind == EXECUTE) {
                instructions |= 1 << register;
            } else if (enabled && kind == PORT && extensions) {
                ports |= 1 << register;
            }
        }
        armed = (instructions | ports) != 0 || !watched.isEmpty();
        cpu.mmu.watchForGuest(watched, this::touched);
    }

    private AccessWatch watch(int register, int kind) {
        int length = length(register);
        return new AccessWatch(cpu.dr[register] & -length, length, kind == READ_OR_WRITE, true);
    }

    private int length(int register) {
        return LENGTHS[(int) (cpu.dr[7] >> 18 + 4 * register) & 3];
    }

    /** To be told of each access to ports. */
    public void portTouched(int port, int size) {
        for (int register = 0; ports != 0 && register < REGISTERS; register++) {
            int length = length(register);
            long first = cpu.dr[register] & -length;
            if ((ports >> register & 1) != 0 && port < first + length && first < port + size) {
                hits |= 1 << register;
            }
        }
    }

    private void touched(AccessWatch watch) {
        for (int register = 0; register < REGISTERS; register++) {
            if (watch.equals(watches[register])) {
                hits |= 1 << register;
            }
        }
    }

    /** Whether any breakpoint is enabled. */
    public boolean armed() {
        return armed;
    }

    /** The DR6 bits of the breakpoints on the instruction at a linear address; 0 for none. */
    public int at(long linear) {
        int found = 0;
        for (int register = 0; register < REGISTERS; register++) {
            if ((instructions >> register & 1) != 0 && cpu.dr[register] == linear) {
                found |= 1 << register;
            }
        }
        return found;
    }

    /** The DR6 bits of the data breakpoints that were touched since the last call; 0 for none. */
    public int takeHits() {
        int taken = hits;
        hits = 0;
        return taken;
    }

    /** Holds traps back until behind the next instruction; to be said behind each load of SS. */
    public void hold(int traps) {
        boolean kept = cpu.has(ModelChange.HELD_HITS);
        held = armed || !kept;
        heldBack = kept ? traps : 0;
    }

    /** The instruction behind a load of SS begins: there are breakpoints again, and its end is the end of the hold. */
    public void endHold() {
        held = false;
    }

    /** Whether the last instruction was a load of SS; only known while breakpoints or the trace flag are in use. */
    public boolean held() {
        return held;
    }

    /** The traps that were held back; they no longer are. */
    public int release() {
        int released = heldBack;
        held = false;
        heldBack = 0;
        hits = 0;
        return released;
    }

    /** What is held back, as a number for the state of a processor; 0 for nothing. */
    int heldState() {
        return held ? 1 | heldBack << 1 : 0;
    }

    /** Restores {@link #heldState}. */
    void restoreHeld(int state) {
        held = (state & 1) != 0;
        heldBack = state >> 1;
        hits = 0;
    }
}
