package org.retrovisor.replay.inspect;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

/** What a debugger sees of a machine, always at the moment at which the machine stands. Processors are counted from 0. */
public final class GuestView {
    private static final int PAGE = GuestMemory.PAGE;

    private final Machine machine;

    /** A view of a machine. */
    public GuestView(Machine machine) {
        this.machine = machine;
    }

    public int processorCount() {
        return machine.processorCount();
    }

    /** The processor that executes next. */
    public int current() {
        return machine.current().index();
    }

    /**
     * A register by its name in AMD's manual, in lower case ("rax", "cr3", "gs_base", "idtr_limit").
     *
     * @return the value, least significant byte first; empty for a name that there is not
     */
    public Optional<byte[]> register(int processor, String name) {
        return RegisterTable.read(machine.processor(processor), name);
    }

    /** The registers in which two processors differ, a line each: name, value of the first, value of the second. */
    public static String differences(Processor first, Processor second) {
        return RegisterTable.differences(first, second);
    }

    /** The linear address of the instruction that is next: RIP, and the base of CS outside 64-bit mode. */
    public long programCounter(int processor) {
        return programCounter(machine.processor(processor));
    }

    /** The linear address of the instruction that is next. */
    public static long programCounter(Processor cpu) {
        long rip = cpu.gpr[Processor.RIP];
        return cpu.mode64() ? rip : cpu.segments[Segment.CS].base + rip & 0xFFFF_FFFFL;
    }

    /** The bytes at a linear address as far as they are mapped to RAM, whatever the access rights. */
    public byte[] readVirtual(int processor, long linear, int length) {
        return readMapped(machine.processor(processor).mmu::peek, linear, length);
    }

    /**
     * The same through other page tables of 64-bit mode.
     *
     * @param cr3 the physical address of their root, as CR3 would hold it
     */
    public byte[] readThrough(long cr3, long linear, int length) {
        return readMapped(at -> walkFrom(cr3, at).physical(), linear, length);
    }

    private byte[] readMapped(LongUnaryOperator translation, long linear, int length) {
        byte[] bytes = new byte[length];
        int done = 0;
        while (done < length) {
            long at = linear + done;
            int chunk = Math.min(length - done, PAGE - (int) (at & PAGE - 1));
            long physical = translation.applyAsLong(at);
            boolean wrapped = done > 0 && at == 0;
            if (physical < 0 || wrapped || machine.memory().frameAt(physical) < 0) {
                break;
            }
            machine.memory().read(physical, bytes, done, chunk);
            done += chunk;
        }
        return Arrays.copyOf(bytes, done);
    }

    /** The physical address behind a linear one as a processor translates it now, or -1. */
    public long physical(int processor, long linear) {
        return machine.processor(processor).mmu.peek(linear);
    }

    /** The bytes at a physical address as far as there is RAM. */
    public byte[] readPhysical(long physical, int length) {
        byte[] bytes = new byte[length];
        int done = 0;
        while (done < length && machine.memory().frameAt(physical + done) >= 0) {
            int chunk = Math.min(length - done, PAGE - (int) (physical + done & PAGE - 1));
            machine.memory().read(physical + done, bytes, done, chunk);
            done += chunk;
        }
        return Arrays.copyOf(bytes, done);
    }

    /** What lies where in physical memory. */
    public PhysicalMap physicalMap() {
        return new PhysicalMap(machine.memory());
    }

    /** How a linear address is translated now. */
    public PageWalk walk(int processor, long linear) {
        Processor cpu = machine.processor(processor);
        return cpu.longMode() ? walkFrom(cpu.cr3, linear) : new PageWalk(List.of(), cpu.mmu.peek(linear));
    }

    /** How 64-bit mode would translate a linear address with a value of CR3. */
    public PageWalk walkFrom(long cr3, long linear) {
        boolean canonical = linear << 16 >> 16 == linear;
        return canonical ? PageWalk.fourLevels(cr3, linear, this::entry) : new PageWalk(List.of(), -1);
    }

    private long entry(long physical) {
        byte[] bytes = readPhysical(physical, Long.BYTES);
        return bytes.length < Long.BYTES
                ? 0
                : ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** The mode in a few words: "64-bit, kernel". */
    public String mode(int processor) {
        Processor cpu = machine.processor(processor);
        String size = switch (cpu.codeSize) {
            case BITS_16 -> "16-bit";
            case BITS_32 -> "32-bit";
            case BITS_64 -> "64-bit";
        };
        String protection = cpu.protectedMode() ? cpu.cpl == 3 ? "user" : "kernel" : "real mode";
        boolean interrupts = (cpu.systemFlags & Control.IF) != 0;
        return size + ", " + protection + ", interrupts " + (interrupts ? "on" : "off")
                + (cpu.halted ? ", halted" : "");
    }
}
