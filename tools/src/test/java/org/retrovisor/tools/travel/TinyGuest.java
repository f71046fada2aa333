package org.retrovisor.tools.travel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boot.BootState;
import org.retrovisor.monitor.boot.ProcessorStart;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.recorder.Recorder;
import org.retrovisor.trace.proto.ClockMode;
import org.retrovisor.trace.proto.MachineConfiguration;

/**
 * A recording of a few instructions that write to one page through two mappings, in two address spaces, with a REP
 * instruction, an interrupt, a device that writes to memory, and a page that is mapped late. The first GiB is mapped to
 * itself.
 */
final class TinyGuest {
    static final long MEMORY = 2 << 20;
    /** The page that is written to: linear by itself, and also {@link #ALIAS} in the first address space. */
    static final long DATA = 0x80000;

    /** {@link #DATA} in the first address space, {@link #OTHER} in the second. */
    static final long ALIAS = 0x4000_0000L;

    static final long OTHER = 0x81000;
    /** A function that is mapped late and in the second address space only. */
    static final long LATE = 0x4000_1000L;

    static final long STACK = 0xD000;
    static final long SECOND_SPACE = 0x6000;

    /** What the device writes, and where. */
    static final byte[] FROM_DEVICE = {9, 9};

    static final long DEVICE_WRITES = DATA + 0x10;

    private static final long FIRST_SPACE = 0x1000;
    private static final long GDT = 0x9000;
    private static final long IDT = 0xA000;
    private static final long HANDLER = 0xB000;
    private static final long CODE = 0x10000;
    private static final long LATE_PAGE = 0x82000;
    private static final long INTERRUPT = 25;
    private static final long PRESENT_WRITABLE = 3;
    private static final long LARGE = 0x80;
    private static final int SELECTOR = 8;

    /** Instructions, each with the moment at which it has been executed. */
    private static final String[] PROGRAM = {
        "C6 04 25 00 00 08 00 01", // 1: mov byte [DATA], 1
        "BB 00 00 00 40", // 2: mov ebx, ALIAS
        "C6 03 02", // 3: mov byte [rbx], 2
        "B8 07 00 00 00", // 4: mov eax, 7
        "BF 08 00 08 00", // 5: mov edi, DATA + 8
        "B9 10 00 00 00", // 6: mov ecx, 16
        "F3 AA", // 7 to 22: rep stosb
        "FB", // 23: sti
        "90 90", // 24, 25: nop, with an interrupt at 25 whose handler returns at 26
        "90 90", // 27, 28: nop, with a device that writes at 28
        "B8 00 60 00 00", // 29: mov eax, SECOND_SPACE
        "0F 22 D8", // 30: mov cr3, rax
        "C6 03 03", // 31: mov byte [rbx], 3
        "C6 04 25 01 00 08 00 04", // 32: mov byte [DATA + 1], 4
        "48 C7 04 25 08 80 00 00 03 20 08 00", // 33: map LATE
        "B8 00 10 00 40", // 34: mov eax, LATE
        "FF D0", // 35: call rax, which returns at 36
        "0F 0B", // 37: ud2, whose handler goes on behind it at 39
        "B8 00 10 00 00", // 40: mov eax, FIRST_SPACE
        "0F 22 D8", // 41: mov cr3, rax
        "FA", // 42: cli
        "F4", // 43: hlt
    };

    private TinyGuest() {}

    /** Records it. */
    static void record(Path output) {
        record(output, CpuModel.V2);
    }

    /** Records it on a processor model; a word of YMM1 is its own number, from 1. */
    static void record(Path output, CpuModel model) {
        record(output, model, ModelChange.currentVersion(), INTERRUPT);
    }

    /** Records it on a version of a processor model, with the interrupt at another moment. */
    static void record(Path output, CpuModel model, int version, long interrupt) {
        try (Recorder recorder = Recorder.create(output, new Script(interrupt));
                Machine machine = new Machine(MEMORY, 1, model, version, recorder.boundary(), Interpreter::new)) {
            load(machine.memory());
            start(machine.processor(0));
            fillVector(machine.processor(0));
            recorder.begin(machine, configuration(model, version), List::of, "test", 0);
            StopReason reason = machine.run(1000);
            recorder.finish(machine, reason, "", 0, 0);
        }
    }

    private static void fillVector(Processor cpu) {
        cpu.xmm[2] = 1;
        cpu.xmm[3] = 2;
        cpu.ymm[2] = 3;
        cpu.ymm[3] = 4;
    }

    private static MachineConfiguration configuration(CpuModel model, int version) {
        return MachineConfiguration.newBuilder()
                .setMemoryBytes(MEMORY)
                .setProcessors(1)
                .setProcessorModel(model.traceName())
                .setProcessorModelVersion(version)
                .setClock(ClockMode.CLOCK_STEPS)
                .build();
    }

    private static void load(GuestMemory memory) {
        memory.write(FIRST_SPACE, words(0x2000 | PRESENT_WRITABLE));
        memory.write(0x2000, words(LARGE | PRESENT_WRITABLE, 0x3000 | PRESENT_WRITABLE));
        memory.write(0x3000, words(0x4000 | PRESENT_WRITABLE));
        memory.write(0x4000, words(DATA | PRESENT_WRITABLE));
        memory.write(SECOND_SPACE, words(0x7000 | PRESENT_WRITABLE));
        memory.write(0x7000, words(LARGE | PRESENT_WRITABLE, 0x5000 | PRESENT_WRITABLE));
        memory.write(0x5000, words(0x8000 | PRESENT_WRITABLE));
        memory.write(0x8000, words(OTHER | PRESENT_WRITABLE));
        memory.write(GDT, words(0, 0x00AF_9B00_0000_FFFFL));
        for (int vector = 0; vector < 256; vector++) {
            long handler = vector == 6 ? HANDLER + 0x10 : HANDLER;
            memory.write(IDT + 16L * vector, words(handler | SELECTOR << 16 | 0x8E00L << 32, 0));
        }
        memory.write(HANDLER, bytes("48 CF")); // iretq
        memory.write(HANDLER + 0x10, bytes("48 83 04 24 02 48 CF")); // add qword [rsp], 2; iretq
        memory.write(LATE_PAGE, bytes("C3")); // ret
        memory.write(CODE, bytes(String.join("", PROGRAM)));
    }

    private static void start(Processor cpu) {
        int data = Segment.PRESENT | Segment.CODE_OR_DATA | Segment.WRITABLE | Segment.ACCESSED;
        BootState.Segment flat = new BootState.Segment(0, 0, 0xFFFF_FFFFL, data);
        BootState.Segment code = new BootState.Segment(SELECTOR, 0, 0xFFFF_FFFFL,
                data | Segment.EXECUTABLE | Segment.LONG);
        List<BootState.Segment> segments = new ArrayList<>(Collections.nCopies(6, flat));
        segments.set(Segment.CS, code);
        ProcessorStart.apply(
                new BootState(
                        BootState.Mode.LONG_64, CODE, STACK, Map.of(), Control.CR0_PE | Control.CR0_PG | Control.CR0_ET,
                        FIRST_SPACE, Control.CR4_PAE, Control.EFER_LME | Control.EFER_LMA, GDT, 15, segments),
                cpu);
        cpu.idtBase = IDT;
        cpu.idtLimit = 256 * 16 - 1;
    }

    private static byte[] words(long... words) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long word : words) {
            bytes.putLong(word);
        }
        return bytes.array();
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    /** What arrives, and when. */
    private static final class Script implements Boundary {
        private final TreeMap<Long, Arrival> arrivals;

        private Script(long interrupt) {
            arrivals = new TreeMap<>(Map.of(interrupt, new Arrival.Interrupt(0x41), 28L,
                    new Arrival.DirectMemoryWrite(DEVICE_WRITES, FROM_DEVICE)));
        }

        @Override
        public long read(Processor processor, Space space, long address, int size) {
            return 0;
        }

        @Override
        public void write(Processor processor, Space space, long address, int size, long value) {}

        @Override
        public long timestamp(Processor processor) {
            return 0;
        }

        @Override
        public long random(Processor processor) {
            return 0;
        }

        @Override
        public long nextAttention(Processor processor) {
            return arrivals.isEmpty() ? Long.MAX_VALUE : arrivals.firstKey();
        }

        @Override
        public Arrival arrival(Processor processor) {
            boolean due = !arrivals.isEmpty() && arrivals.firstKey() <= processor.machine().moment();
            return due ? arrivals.pollFirstEntry().getValue() : Arrival.NONE;
        }

        @Override
        public void idle(Processor processor) {
            throw new AssertionError("the guest does not wait");
        }
    }
}
