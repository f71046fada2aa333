package org.retrovisor.monitor.interpreter.x87;

import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;
import org.retrovisor.monitor.x87.X87Unit;

/**
 * What x87 instructions have in common before they compute: is the unit there, does an exception wait, where is the
 * operand.
 *
 * <p>A pending exception raises #MF whatever CR0.NE says: the external signal that replaces it when NE is 0 needs an
 * 80287's wiring that no guest of ours has. Selectors of the last instruction and operand read as zero, as on every
 * processor whose CPUID says that they are deprecated.
 */
final class X87Access {
    private static final long UNAVAILABLE = Control.CR0_EM | Control.CR0_TS;
    private static final long WAIT_UNAVAILABLE = Control.CR0_MP | Control.CR0_TS;

    private X87Access() {}

    /** #NM unless the unit may be used: all that control instructions without wait ask. */
    static void available(Processor cpu) {
        if ((cpu.cr0 & UNAVAILABLE) != 0) {
            throw cpu.fault(Vector.NM);
        }
    }

    /** #NM or #MF before a waiting instruction. */
    static void enter(Processor cpu) {
        available(cpu);
        raisePending(cpu);
    }

    /** FWAIT, which asks CR0.MP where others ask CR0.EM. */
    static void await(Processor cpu) {
        if ((cpu.cr0 & WAIT_UNAVAILABLE) == WAIT_UNAVAILABLE) {
            throw cpu.fault(Vector.NM);
        }
        raisePending(cpu);
    }

    private static void raisePending(Processor cpu) {
        if (cpu.fpu.exceptionPending()) {
            throw cpu.fault(Vector.MF);
        }
    }

    /** Enters an instruction without memory operand and gives the unit to do it. */
    static X87Unit start(Processor cpu, Instruction i) {
        enter(cpu);
        cpu.fpu.setLastInstruction(opcode(i), 0, instructionPointer(cpu, i));
        return cpu.x87;
    }

    /** Notes an instruction whose memory operand was accessed without fault. */
    static void note(Processor cpu, Instruction i) {
        cpu.fpu.setLastInstruction(opcode(i), 0, instructionPointer(cpu, i), 0, cpu.offset(i));
    }

    private static int opcode(Instruction i) {
        return (i.row.opcode() & 7) << 8 | i.modRm;
    }

    private static long instructionPointer(Processor cpu, Instruction i) {
        long ip = cpu.gpr[Processor.RIP] - i.length;
        return cpu.mode64() ? ip : ip & 0xFFFF_FFFFL;
    }

    /** The register number of an STi operand; REX.B does not extend it. */
    static int sti(Instruction i) {
        return i.modRm & 7;
    }

    static int load16(Processor cpu, Instruction i) {
        enter(cpu);
        int value = (short) cpu.mmu.load16(cpu.linear(i));
        note(cpu, i);
        return value;
    }

    static int load32(Processor cpu, Instruction i) {
        enter(cpu);
        int value = cpu.mmu.load32(cpu.linear(i));
        note(cpu, i);
        return value;
    }

    static long load64(Processor cpu, Instruction i) {
        enter(cpu);
        long value = cpu.mmu.load64(cpu.linear(i));
        note(cpu, i);
        return value;
    }

    /** The address {@code distance} bytes into an operand. */
    static long within(Processor cpu, long linear, int distance) {
        long address = linear + distance;
        return cpu.longMode() ? address : address & 0xFFFF_FFFFL;
    }

    static byte[] loadImage(Processor cpu, long linear, int size) {
        if (cpu.mmu.alignsBeforePages()) {
            cpu.mmu.checkRead(linear, wordOf(size));
        }
        byte[] image = new byte[size];
        for (int at = 0; at < size; at += 2) {
            int value = cpu.mmu.load16(within(cpu, linear, at));
            image[at] = (byte) value;
            image[at + 1] = (byte) (value >> 8);
        }
        return image;
    }

    /** What an image is aligned to (SDM volume 3, table 6-7): those of 32 bits have 28 or 108 bytes, those of 16 bits 14 or 94. */
    private static int wordOf(int size) {
        return size % 4 == 0 ? 4 : 2;
    }

    /** Stores a whole image or, when a page refuses, nothing. */
    static void storeImage(Processor cpu, long linear, byte[] image) {
        if (cpu.mmu.alignsBeforePages()) {
            cpu.mmu.checkWrite(linear, wordOf(image.length));
        }
        cpu.mmu.checkWrite(linear, image.length);
        for (int at = 0; at < image.length; at += 2) {
            cpu.mmu.store16(within(cpu, linear, at), image[at] & 0xFF | image[at + 1] << 8);
        }
    }
}
