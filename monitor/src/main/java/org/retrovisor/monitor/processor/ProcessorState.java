package org.retrovisor.monitor.processor;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.retrovisor.monitor.isa.Feature;

/**
 * All that a processor is, as bytes: for the initial state of a trace, for checkpoints and for digests.
 *
 * <p>Equal states give equal bytes. Big-endian, in this order: version, general registers and RIP, RFLAGS, segment
 * registers, descriptor tables, control and debug registers, CPL and the pending conditions, XMM registers with MXCSR and
 * XCR0, the upper halves of YMM where the processor model has AVX, the x87 unit, then the model-specific registers as pairs of number and value in ascending order, then the four pointers of PAE paging
 * if RAM holds others than were loaded from it, which is why RAM is to be restored first. What follows
 * from these (the code size, the rights in force) is derived, and the software TLB is not part of a state.
 */
public final class ProcessorState {
    /** The version of this encoding; it stands in the first byte. */
    public static final int VERSION = 1;

    private static final Msr[] BY_NUMBER = Msr.byNumber();
    private static final int EXPECTED_BYTES = 2048;

    // what the processor is at
    private static final int RUNS = 0;
    private static final int HALTED = 1;
    private static final int WAITS = 2;

    private ProcessorState() {}

    /** The state of a processor between two instructions. */
    public static byte[] save(Processor cpu) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(EXPECTED_BYTES);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            saveIntegerState(cpu, out);
            saveSegments(cpu, out);
            saveControl(cpu, out);
            saveVectorState(cpu, out);
            if (cpu.machine().model().has(Feature.AVX)) {
                saveUpperHalves(cpu, out);
            }
            cpu.fpu.save(out);
            out.writeShort(BY_NUMBER.length);
            for (Msr register : BY_NUMBER) {
                out.writeInt(register.number);
                out.writeLong(cpu.msrs.get(register));
            }
            cpu.mmu.pointers().save(out);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Takes over a state. One written by an earlier program may lack model-specific registers; they are as after power-on.
     *
     * @throws IllegalArgumentException when no processor of this model can be in that state, with a sentence that says
     *     why; the processor is unchanged then
     */
    public static void restore(Processor cpu, byte[] state) {
        byte[] before = save(cpu);
        try {
            read(cpu, state);
            StateChecks.check(cpu);
            byte[] taken = save(cpu);
            boolean whole = state.length < taken.length || Arrays.equals(state, taken);
            require(whole, "its state has values that no processor can hold");
        } catch (IllegalArgumentException e) {
            read(cpu, before);
            throw e;
        }
    }

    private static void read(Processor cpu, byte[] state) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(state))) {
            int version = in.readUnsignedByte();
            require(version == VERSION, "its state has version %d, this program knows %d", version, VERSION);
            restoreIntegerState(cpu, in);
            restoreSegments(cpu, in);
            restoreControl(cpu, in);
            restoreVectorState(cpu, in);
            if (cpu.machine().model().has(Feature.AVX)) {
                restoreUpperHalves(cpu, in);
            }
            cpu.fpu.restore(in);
            restoreModelSpecific(cpu, in);
            cpu.mmu.pointers().restore(in);
            require(in.read() < 0, "bytes follow the end of its state");
        } catch (IOException e) {
            throw new IllegalArgumentException("its state is cut short or damaged", e);
        }
        derive(cpu);
    }

    private static void saveIntegerState(Processor cpu, DataOutputStream out) throws IOException {
        for (int i = 0; i <= Processor.RIP; i++) {
            out.writeLong(cpu.gpr[i]);
        }
        out.writeInt(cpu.rflags());
    }

    private static void restoreIntegerState(Processor cpu, DataInputStream in) throws IOException {
        for (int i = 0; i <= Processor.RIP; i++) {
            cpu.gpr[i] = in.readLong();
        }
        int rflags = in.readInt();
        int known = Flags.STATUS | Control.SYSTEM | Control.ALWAYS_ONE;
        require((rflags & ~known) == 0, "RFLAGS has reserved bits: %x", rflags);
        cpu.flags.setStatus(rflags);
        cpu.systemFlags = rflags & Control.SYSTEM;
    }

    private static void saveSegments(Processor cpu, DataOutputStream out) throws IOException {
        for (Segment segment : cpu.segments) {
            out.writeShort(segment.selector);
            out.writeLong(segment.base);
            out.writeLong(segment.limit);
            out.writeShort(segment.attributes);
        }
        out.writeLong(cpu.gdtBase);
        out.writeShort(cpu.gdtLimit);
        out.writeLong(cpu.idtBase);
        out.writeShort(cpu.idtLimit);
    }

    private static void restoreSegments(Processor cpu, DataInputStream in) throws IOException {
        for (Segment segment : cpu.segments) {
            segment.set(in.readUnsignedShort(), in.readLong(), in.readLong(), in.readUnsignedShort());
        }
        cpu.gdtBase = in.readLong();
        cpu.gdtLimit = in.readUnsignedShort();
        cpu.idtBase = in.readLong();
        cpu.idtLimit = in.readUnsignedShort();
    }

    private static void saveControl(Processor cpu, DataOutputStream out) throws IOException {
        out.writeLong(cpu.cr0);
        out.writeLong(cpu.cr2);
        out.writeLong(cpu.cr3);
        out.writeLong(cpu.cr4);
        out.writeLong(cpu.efer);
        for (long register : cpu.dr) {
            out.writeLong(register);
        }
        out.writeByte(cpu.cpl);
        out.writeByte(cpu.awaitsStartup ? WAITS : cpu.halted ? HALTED : RUNS);
        out.writeByte((cpu.interruptShadow ? 1 : 0) | cpu.breakpoints.heldState() << 1);
        out.writeBoolean(cpu.nmiBlocked);
    }

    private static void restoreControl(Processor cpu, DataInputStream in) throws IOException {
        cpu.cr0 = in.readLong();
        cpu.cr2 = in.readLong();
        cpu.cr3 = in.readLong();
        cpu.cr4 = in.readLong();
        cpu.efer = in.readLong();
        for (int i = 0; i < cpu.dr.length; i++) {
            cpu.dr[i] = in.readLong();
        }
        cpu.cpl = in.readUnsignedByte();
        int activity = in.readUnsignedByte();
        cpu.halted = activity == HALTED;
        cpu.awaitsStartup = activity == WAITS;
        int shadow = in.readUnsignedByte();
        require(shadow < 1 << 6 && ((shadow & 2) != 0 || shadow < 2), "it holds back what it cannot: %x", shadow);
        cpu.interruptShadow = (shadow & 1) != 0;
        cpu.breakpoints.restoreHeld(shadow >> 1);
        cpu.nmiBlocked = in.readBoolean();
    }

    private static void saveVectorState(Processor cpu, DataOutputStream out) throws IOException {
        for (long half : cpu.xmm) {
            out.writeLong(half);
        }
        out.writeInt(cpu.mxcsr);
        out.writeLong(cpu.xcr0);
    }

    private static void saveUpperHalves(Processor cpu, DataOutputStream out) throws IOException {
        for (long half : cpu.ymm) {
            out.writeLong(half);
        }
    }

    private static void restoreUpperHalves(Processor cpu, DataInputStream in) throws IOException {
        for (int i = 0; i < cpu.ymm.length; i++) {
            cpu.ymm[i] = in.readLong();
        }
    }

    private static void restoreVectorState(Processor cpu, DataInputStream in) throws IOException {
        for (int i = 0; i < cpu.xmm.length; i++) {
            cpu.xmm[i] = in.readLong();
        }
        cpu.mxcsr = in.readInt();
        cpu.xcr0 = in.readLong();
    }

    private static void restoreModelSpecific(Processor cpu, DataInputStream in) throws IOException {
        Map<Integer, Msr> known = new HashMap<>();
        for (Msr register : BY_NUMBER) {
            known.put(register.number, register);
        }
        cpu.msrs.reset();
        int count = in.readUnsignedShort();
        for (int i = 0; i < count; i++) {
            int number = in.readInt();
            Msr register = known.get(number);
            require(register != null, "it has a model-specific register %x that this program does not know", number);
            cpu.msrs.set(register, in.readLong());
        }
    }

    private static void derive(Processor cpu) {
        cpu.updateCodeSize();
        cpu.setCpl(cpu.cpl);
        cpu.breakpoints.update();
        cpu.mmu.flush();
    }

    private static void require(boolean holds, String otherwise, Object... arguments) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise.formatted(arguments));
        }
    }
}
