package org.retrovisor.replay.inspect;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.retrovisor.monitor.isa.Feature;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;

/**
 * The registers of a processor by their names in AMD's manual, as gdb spells them.
 *
 * <p>CR8, the time stamp counter and the APIC base are not there: they belong to the platform, which a trace doesn't hold.
 */
final class RegisterTable {
    private static final String GENERAL = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 rip";
    private static final String SEGMENTS = "es cs ss ds fs gs ldtr tr";
    private static final Map<String, Function<Processor, byte[]>> READERS = new RegisterTable().readers;

    private final Map<String, Function<Processor, byte[]>> readers = new LinkedHashMap<>();

    private RegisterTable() {
        String[] general = GENERAL.split(" ", -1);
        for (int i = 0; i < general.length; i++) {
            int number = i;
            add(general[i], cpu -> cpu.gpr[number]);
        }
        add("eflags", Processor::rflags);
        addSegments();
        addControl();
        addModelSpecific();
        addFloatingPoint();
        addVectors();
        addUpperHalves();
    }

    /** The value, least significant byte first: 8 bytes, or the register's own size when that is more. */
    static Optional<byte[]> read(Processor cpu, String name) {
        return Optional.ofNullable(READERS.get(name)).map(reader -> reader.apply(cpu));
    }

    /** The registers that two processors hold different values in, a line each, most significant byte first. */
    static String differences(Processor first, Processor second) {
        StringBuilder text = new StringBuilder();
        READERS.forEach((name, reader) -> {
            byte[] left = reader.apply(first);
            byte[] right = reader.apply(second);
            if (left != null && !Arrays.equals(left, right)) {
                text.append("  %s: %s, %s%n".formatted(name, hexadecimal(left), hexadecimal(right)));
            }
        });
        return text.toString();
    }

    private static String hexadecimal(byte[] littleEndian) {
        byte[] bytes = new byte[littleEndian.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = littleEndian[bytes.length - 1 - i];
        }
        return HexFormat.of().formatHex(bytes);
    }

    private void addSegments() {
        String[] names = SEGMENTS.split(" ", -1);
        for (int i = 0; i < names.length; i++) {
            int number = i;
            add(names[i], cpu -> cpu.segments[number].selector);
            add(names[i] + "_base", cpu -> cpu.segments[number].base);
            add(names[i] + "_limit", cpu -> cpu.segments[number].limit);
        }
        add("gdtr_base", cpu -> cpu.gdtBase);
        add("gdtr_limit", cpu -> cpu.gdtLimit);
        add("idtr_base", cpu -> cpu.idtBase);
        add("idtr_limit", cpu -> cpu.idtLimit);
    }

    private void addControl() {
        add("cr0", cpu -> cpu.cr0);
        add("cr2", cpu -> cpu.cr2);
        add("cr3", cpu -> cpu.cr3);
        add("cr4", cpu -> cpu.cr4);
        add("efer", cpu -> cpu.efer);
        add("xcr0", cpu -> cpu.xcr0);
        for (int i = 0; i < 8; i++) {
            int number = i;
            add("dr" + i, cpu -> cpu.dr[number]);
        }
    }

    private void addModelSpecific() {
        add("star", Msr.STAR);
        add("lstar", Msr.LSTAR);
        add("cstar", Msr.CSTAR);
        add("sfmask", Msr.SFMASK);
        add("sysenter_cs", Msr.SYSENTER_CS);
        add("sysenter_esp", Msr.SYSENTER_ESP);
        add("sysenter_eip", Msr.SYSENTER_EIP);
        add("k_gs_base", Msr.KERNEL_GS_BASE);
        add("pat", Msr.PAT);
        add("tsc_aux", Msr.TSC_AUX);
    }

    private void addFloatingPoint() {
        for (int i = 0; i < 8; i++) {
            int number = i;
            readers.put("st" + i, cpu -> bytes(cpu.fpu.significand(number), cpu.fpu.signExponent(number), 10));
        }
        add("fctrl", cpu -> cpu.fpu.control());
        add("fstat", cpu -> cpu.fpu.status());
        add("ftag", cpu -> cpu.fpu.tag());
        add("fiseg", cpu -> cpu.fpu.codeSelector());
        add("fioff", cpu -> cpu.fpu.instructionPointer());
        add("foseg", cpu -> cpu.fpu.dataSelector());
        add("fooff", cpu -> cpu.fpu.dataPointer());
        add("fop", cpu -> cpu.fpu.opcode());
    }

    /** Null where the processor has no such register. */
    private void addUpperHalves() {
        for (int i = 0; i < 16; i++) {
            int number = i;
            readers.put("ymm" + i + "h", cpu -> cpu.machine().model().has(Feature.AVX)
                    ? bytes(cpu.ymm[2 * number], cpu.ymm[2 * number + 1], 16)
                    : null);
        }
    }

    private void addVectors() {
        for (int i = 0; i < 16; i++) {
            int number = i;
            readers.put("xmm" + i, cpu -> bytes(cpu.xmm[2 * number], cpu.xmm[2 * number + 1], 16));
        }
        add("mxcsr", cpu -> cpu.mxcsr);
    }

    private void add(String name, Msr register) {
        add(name, cpu -> cpu.msrs.get(register));
    }

    private void add(String name, ToLongFunction<Processor> reader) {
        readers.put(name, cpu -> bytes(reader.applyAsLong(cpu), 0, Long.BYTES));
    }

    private static byte[] bytes(long low, long high, int length) {
        ByteBuffer both = ByteBuffer.allocate(2 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        both.putLong(low).putLong(high);
        return Arrays.copyOf(both.array(), length);
    }
}
