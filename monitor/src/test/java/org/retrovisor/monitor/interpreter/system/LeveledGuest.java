package org.retrovisor.monitor.interpreter.system;

import java.util.ArrayList;
import java.util.List;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

/**
 * A guest in 32-bit protected mode that can be put at any privilege level, as often as a test likes, with one descriptor under test.
 * Handlers of exceptions are at level 0.
 */
final class LeveledGuest implements AutoCloseable {
    /** The selector of the descriptor under test, without RPL. */
    static final int TESTED = 0x80;
    /** Another one, for a gate that leads to it. */
    static final int GATE = 0x88;
    /** The task state segment of another task. */
    static final int OTHER_TASK = 0x90;
    static final long OTHER_TASK_AT = 0x6800;
    /** No vector: the instruction went through. */
    static final int NONE = -1;
    /** A moment later the guest was neither behind the instruction nor in a handler. */
    static final int ELSEWHERE = -2;

    private static final int LEVELS = 0xA0;
    private static final int LEVEL_BYTES = 16;
    private static final long ALL = 0xFFFF_FFFFL;
    private static final long STACKS = 0x1_0000;
    private static final long STACK_BYTES = 0x1000;
    private static final long TSS_STACKS = 0x1_C000;

    final TinyGuest guest = TinyGuest.protected32();
    final Processor cpu = guest.cpu;

    LeveledGuest() {
        cpu.gdtLimit = 0xFF;
        for (int level = 0; level < 4; level++) {
            guest.put64(at(code(level)), TinyGuest.descriptor(0, 0xFFFFF, 0xC09B | level << 5));
            guest.put64(at(data(level)), TinyGuest.descriptor(0, 0xFFFFF, 0xC093 | level << 5));
        }
        stacks(TinyGuest.TSS_AT);
        guest.put64(TinyGuest.GDT_AT + OTHER_TASK, TinyGuest.descriptor(OTHER_TASK_AT, 0x67, 0x0089));
    }

    /** The stacks of the inner levels of a task. */
    private void stacks(long tss) {
        for (int level = 0; level < 3; level++) {
            guest.put32(tss + 4 + 8 * level, tssStack(level)).put32(tss + 8 + 8 * level, data(level));
        }
    }

    static long tssStack(int level) {
        return TSS_STACKS + STACK_BYTES * level;
    }

    /** The selector of the code segment of a level. */
    static int code(int level) {
        return LEVELS + LEVEL_BYTES * level | level;
    }

    /** The selector of the data segment of a level. */
    static int data(int level) {
        return LEVELS + LEVEL_BYTES * level + 8 | level;
    }

    static long at(int selector) {
        return TinyGuest.GDT_AT + (selector & ~7);
    }

    /** What each descriptor can be: type and S, for each level, present and not. */
    static List<Integer> accesses() {
        List<Integer> accesses = new ArrayList<>();
        for (int access = 0; access < 256; access++) {
            accesses.add(access);
        }
        return accesses;
    }

    /** Puts a descriptor of 4 GiB under test. */
    LeveledGuest test(int access) {
        guest.put64(TinyGuest.GDT_AT + TESTED, TinyGuest.descriptor(0, 0xFFFFF, 0xC000 | access));
        return this;
    }

    /** Puts a gate there that leads to the descriptor under test. */
    LeveledGuest gate(long where, int access, int selector, long offset) {
        guest.put64(where, offset & 0xFFFF | (long) selector << 16 | (long) access << 40 | offset >>> 16 << 48);
        return this;
    }

    /** Puts the processor at a level, before the instruction. */
    LeveledGuest atLevel(int level) {
        cpu.halted = false;
        cpu.setRflags(Control.IF | 2);
        for (int number : new int[]{Segment.ES, Segment.DS, Segment.FS, Segment.GS}) {
            cpu.segments[number].set(0, 0, 0, 0);
        }
        cpu.segments[Segment.CS].set(code(level), 0, ALL, 0xC09B | level << 5);
        cpu.segments[Segment.SS].set(data(level), 0, ALL, 0xC093 | level << 5);
        cpu.segments[Segment.TR].set(TinyGuest.TSS, TinyGuest.TSS_AT, 0x1FF, 0x8B);
        cpu.setCpl(level);
        cpu.updateCodeSize();
        cpu.gpr[Processor.RIP] = TinyGuest.CODE;
        cpu.gpr[Processor.RSP] = stack(level);
        return this;
    }

    static long stack(int level) {
        return STACKS + STACK_BYTES * level + STACK_BYTES / 2;
    }

    /** Executes the instruction at RIP; the vector that it raised, or {@link #NONE}. */
    int step() {
        guest.machine.run(guest.machine.moment() + 1);
        long handler = cpu.gpr[Processor.RIP] - TinyGuest.HANDLERS;
        boolean handled = cpu.segments[Segment.CS].selector == TinyGuest.CODE_32 && handler >= 0 && handler < 256 * 16;
        return !handled ? NONE : handler % 16 != 0 ? ELSEWHERE : (int) handler / 16;
    }

    /** The error code that the handler finds. */
    int errorCode() {
        return guest.slot32(0);
    }

    // ---------------------------------------------------------------- access bytes

    static boolean present(int access) {
        return (access & 0x80) != 0;
    }

    static int dpl(int access) {
        return access >> 5 & 3;
    }

    static boolean isSystem(int access) {
        return (access & 0x10) == 0;
    }

    static boolean isCode(int access) {
        return (access & 0x18) == 0x18;
    }

    static boolean isConforming(int access) {
        return (access & 0x1C) == 0x1C;
    }

    static boolean isWritableData(int access) {
        return (access & 0x1A) == 0x12;
    }

    static boolean isReadable(int access) {
        return !isSystem(access) && (!isCode(access) || (access & 2) != 0);
    }

    @Override
    public void close() {
        guest.close();
    }
}
