package org.retrovisor.gdbstub.replayed;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.retrovisor.gdbstub.debuggee.RegisterFile;
import org.retrovisor.gdbstub.features.Register;
import org.retrovisor.monitor.processor.ModelSpecificRegisters;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

/** The registers of a guest's processor under gdb's names; those of devices (CR8, the APIC base, the clock) are missing. */
final class GuestRegisters implements RegisterFile {
    private static final int WORD_TAGS = 0xFFFF;
    private static final Map<String, ToLongFunction<Processor>> INTEGERS = integers();

    private final Processor cpu;

    GuestRegisters(Processor cpu) {
        this.cpu = cpu;
    }

    @Override
    public Optional<byte[]> read(Register register) {
        String name = register.name();
        if (name.startsWith("xmm")) {
            int number = Integer.parseInt(name.substring(3));
            return Optional.of(buffer(16).putLong(cpu.xmm[2 * number]).putLong(cpu.xmm[2 * number + 1]).array());
        }
        if (register.bytes() == 10) {
            int number = Integer.parseInt(name.substring(2));
            return Optional.of(buffer(10)
                    .putLong(cpu.fpu.significand(number))
                    .putShort((short) cpu.fpu.signExponent(number))
                    .array());
        }
        ToLongFunction<Processor> value = INTEGERS.get(name);
        return value == null ? Optional.empty() : Optional.of(bytes(value.applyAsLong(cpu), register.bytes()));
    }

    private static ByteBuffer buffer(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] bytes(long value, int length) {
        return java.util.Arrays.copyOf(buffer(8).putLong(value).array(), length);
    }

    private static Map<String, ToLongFunction<Processor>> integers() {
        Map<String, ToLongFunction<Processor>> table = new HashMap<>();
        general(table);
        segments(table);
        floatingPoint(table);
        system(table);
        return table;
    }

    private static void general(Map<String, ToLongFunction<Processor>> table) {
        String[] names = {
            "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
        };
        for (int i = 0; i < names.length; i++) {
            int number = i;
            table.put(names[i], cpu -> cpu.gpr[number]);
        }
        table.put("rip", GuestRegisters::programCounter);
        table.put("eflags", Processor::rflags);
        table.put("mxcsr", cpu -> cpu.mxcsr);
        table.put("moment", cpu -> cpu.machine().moment());
    }

    /** The linear address of the next instruction. */
    static long programCounter(Processor cpu) {
        long rip = cpu.gpr[Processor.RIP];
        return cpu.mode64() ? rip : cpu.segments[Segment.CS].base + rip & 0xFFFF_FFFFL;
    }

    private static void segments(Map<String, ToLongFunction<Processor>> table) {
        String[] names = {"es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr"};
        for (int i = 0; i < names.length; i++) {
            int number = i;
            table.put(names[i], cpu -> cpu.segments[number].selector);
            table.put(names[i] + "_base", cpu -> cpu.segments[number].base);
            table.put(names[i] + "_limit", cpu -> cpu.segments[number].limit);
        }
        table.put("gdtr_base", cpu -> cpu.gdtBase);
        table.put("gdtr_limit", cpu -> cpu.gdtLimit);
        table.put("idtr_base", cpu -> cpu.idtBase);
        table.put("idtr_limit", cpu -> cpu.idtLimit);
    }

    private static void floatingPoint(Map<String, ToLongFunction<Processor>> table) {
        table.put("fctrl", cpu -> cpu.fpu.control());
        table.put("fstat", cpu -> cpu.fpu.status());
        table.put("ftag", cpu -> cpu.fpu.tag() & WORD_TAGS);
        table.put("fiseg", cpu -> cpu.fpu.codeSelector());
        table.put("fioff", cpu -> cpu.fpu.instructionPointer());
        table.put("foseg", cpu -> cpu.fpu.dataSelector());
        table.put("fooff", cpu -> cpu.fpu.dataPointer());
        table.put("fop", cpu -> cpu.fpu.opcode());
    }

    private static void system(Map<String, ToLongFunction<Processor>> table) {
        table.put("cr0", cpu -> cpu.cr0);
        table.put("cr2", cpu -> cpu.cr2);
        table.put("cr3", cpu -> cpu.cr3);
        table.put("cr4", cpu -> cpu.cr4);
        table.put("efer", cpu -> cpu.efer);
        table.put("xcr0", cpu -> cpu.xcr0);
        for (int i : new int[]{0, 1, 2, 3, 6, 7}) {
            table.put("dr" + i, cpu -> cpu.dr[i]);
        }
        stored(table, "k_gs_base", Msr.KERNEL_GS_BASE);
        stored(table, "star", Msr.STAR);
        stored(table, "lstar", Msr.LSTAR);
        stored(table, "cstar", Msr.CSTAR);
        stored(table, "sfmask", Msr.SFMASK);
        stored(table, "sysenter_cs", Msr.SYSENTER_CS);
        stored(table, "sysenter_esp", Msr.SYSENTER_ESP);
        stored(table, "sysenter_eip", Msr.SYSENTER_EIP);
        stored(table, "pat", Msr.PAT);
        stored(table, "tsc_aux", Msr.TSC_AUX);
    }

    private static void stored(Map<String, ToLongFunction<Processor>> table, String name, Msr register) {
        table.put(name, cpu -> {
            ModelSpecificRegisters msrs = cpu.msrs;
            return msrs.get(register);
        });
    }
}
