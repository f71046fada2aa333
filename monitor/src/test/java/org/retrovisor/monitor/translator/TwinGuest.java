package org.retrovisor.monitor.translator;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.MachineDigest;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.ProcessorState;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.translator.store.TranslationStore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The same guest twice, on the interpreter and on the translator: 64-bit code at CPL 0 in 2 MiB. Interrupts return at
 * once; a fault goes on at {@link #RECOVERY}, where a test puts a jump.
 *
 * <pre>
 *   0x8000 code, two pages  |  0x10000 data, two pages  |  0x12000 read-only  |  0x13000 absent
 *   0x14000 an alias of the first code page  |  0x1C000 top of the stack  |  all else is mapped to itself
 *   UPPER + address: the same once more
 * </pre>
 */
final class TwinGuest implements AutoCloseable {
    static final long CODE = 0x8000;
    static final long RECOVERY = 0xF000;
    static final long DATA = 0x10000;
    static final long READ_ONLY = 0x12000;
    static final long ABSENT = 0x13000;
    static final long ALIAS = 0x14000;
    static final long STACK = 0x1C000;
    static final long UPPER = -1L << 47;
    /** What SYSCALL and SYSRET load: 8 and 0x10, 0x2B and 0x23. */
    static final long SELECTORS = 0x0018_0008L << 32;

    private static final long TABLES = 0x1000;
    private static final long GDT = 0x5000;
    private static final long IDT = 0x6000;
    private static final long TASK = 0x7000;
    private static final long HANDLERS = 0x1D000;
    static final long OWN_STACK = 0x1F000;
    private static final int VECTORS = 64;
    private static final long MEMORY = 2 << 20;
    private static final int TASK_SELECTOR = 0x10;

    private final Side interpreted;
    private final Side translated;

    TwinGuest(long codeBytes, int warmth) {
        this(codeBytes, warmth, TranslationStore.NONE);
    }

    TwinGuest(long codeBytes, int warmth, TranslationStore store) {
        interpreted = new Side(Interpreter::new);
        translated = new Side(machine -> new Translator(machine, codeBytes, warmth, store));
    }

    Translator translator() {
        return (Translator) translated.machine.engine();
    }

    /** The translated guest's processor. */
    Processor cpu() {
        return translated.cpu;
    }

    void write(long address, byte[] bytes) {
        interpreted.machine.memory().write(address, bytes);
        translated.machine.memory().write(address, bytes);
    }

    void write(long address, String bytes) {
        write(address, HexFormat.of().parseHex(bytes.replace(" ", "")));
    }

    /** Lets a fault add the RFLAGS that it saved to RBX and go on at {@link #CODE}. */
    void goOnBehindFaults() {
        write(RECOVERY, "48 03 1c 25 e8 ef 01 00 e9 f3 8f ff ff");
    }

    void register(int number, long value) {
        interpreted.cpu.gpr[number] = value;
        translated.cpu.gpr[number] = value;
    }

    void msr(Msr register, long value) {
        interpreted.cpu.msrs.set(register, value);
        translated.cpu.msrs.set(register, value);
    }

    /** Sets bits of CR4. */
    void control4(long bits) {
        interpreted.cpu.cr4 |= bits;
        translated.cpu.cr4 |= bits;
    }

    void flags(int rflags) {
        interpreted.cpu.setRflags(rflags);
        translated.cpu.setRflags(rflags);
    }

    /** Replaces the debugger's stops at instructions. */
    void stopAt(long... addresses) {
        interpreted.machine.engine().debugStops().set(addresses);
        translated.machine.engine().debugStops().set(addresses);
    }

    /** Lets both pass a stop where they stand. */
    void passStop() {
        interpreted.machine.engine().debugStops().resume(interpreted.machine.moment());
        translated.machine.engine().debugStops().resume(translated.machine.moment());
    }

    /** Whether both stand at a stop. */
    boolean stopped() {
        return translated.machine.engine().debugStops().held();
    }

    long moment() {
        return translated.machine.moment();
    }

    /** Lets an interrupt arrive at these moments, in order, or as soon after them as it is accepted. */
    void interruptsAt(List<Long> moments) {
        interpreted.boundary.due.addAll(moments);
        translated.boundary.due.addAll(moments);
    }

    /** Runs both to a moment, interrupted and stopped at many on the way, and compares at each, and all memory at the end. */
    void runInterruptedTo(int last) {
        List<Long> interrupts = new ArrayList<>();
        for (long moment = 50; moment < last; moment += 1 + moment % 97) {
            interrupts.add(moment);
        }
        interruptsAt(interrupts);
        for (int moment = 1; moment <= last; moment += 1 + moment % 13) {
            assertTrue(runTo(moment), "it stopped before moment " + moment);
        }
        compareMemory();
    }

    /** How often generated code left for an instruction of this row. */
    long interpretedFirst(String row) {
        return translator().figures().getOrDefault("interpreted first: " + row, 0L);
    }

    /** Runs both to a moment, or a stop at an instruction, and compares all of the processor; whether they can go on. */
    boolean runTo(long moment) {
        StopReason expected = interpreted.machine.run(moment);
        StopReason actual = translated.machine.run(moment);
        Processor left = interpreted.cpu;
        Processor right = translated.cpu;
        assertEquals(expected, actual, "why it stopped");
        assertEquals(interpreted.machine.moment(), translated.machine.moment(), "moment");
        assertEquals(interpreted.machine.engine().debugStops().held(), stopped(), "stopped for the debugger");
        for (int i = 0; i <= Processor.RIP; i++) {
            assertEquals(hex(left.gpr[i]), hex(right.gpr[i]), "register %d at moment %d".formatted(i, moment));
        }
        assertEquals(hex(left.rflags()), hex(right.rflags()), "flags at moment %d".formatted(moment));
        assertArrayEquals(ProcessorState.save(left), ProcessorState.save(right), "processor state");
        return actual == null;
    }

    /** Compares all memory: what differs first, and the digest. */
    void compareMemory() {
        for (long at = 0; at < MEMORY; at += 8) {
            long expected = interpreted.get64(at);
            long actual = translated.get64(at);
            if (expected != actual) {
                throw new AssertionError("memory at %x: interpreter %x, translator %x".formatted(at, expected, actual));
            }
        }
        assertArrayEquals(MachineDigest.of(interpreted.machine), MachineDigest.of(translated.machine), "digest");
    }

    private static String hex(long value) {
        return Long.toHexString(value);
    }

    @Override
    public void close() {
        interpreted.machine.close();
        translated.machine.close();
    }

    /** One of the two. */
    private static final class Side {
        final Interrupts boundary = new Interrupts();
        final Machine machine;
        final Processor cpu;

        Side(Engine.Factory engine) {
            machine = new Machine(MEMORY, 1, boundary, engine);
            cpu = machine.processor(0);
            pages();
            descriptors();
            handlers();
            mode();
        }

        private void pages() {
            for (int level = 0; level < 3; level++) {
                put64(TABLES + level * 0x1000L, TABLES + (level + 1) * 0x1000L | 7);
            }
            put64(TABLES + 8 * 256, TABLES + 0x1000 | 7);
            for (long linear = 0; linear < 0x200000; linear += 0x1000) {
                long entry = linear == READ_ONLY ? linear | 5 : linear == ABSENT ? 0 : linear | 7;
                put64(TABLES + 0x3000 + (linear >> 9), linear == ALIAS ? CODE | 7 : entry);
            }
        }

        private void descriptors() {
            put64(GDT + 8, 0x00AF_9B00_0000_FFFFL);
            put64(GDT + 0x20, 0x00CF_F300_0000_FFFFL);
            put64(GDT + 0x28, 0x00AF_FB00_0000_FFFFL);
            put64(TASK + 0x24, OWN_STACK);
            for (int vector = 0; vector < VECTORS; vector++) {
                long handler = HANDLERS + 16L * vector;
                put64(IDT + 16L * vector, handler & 0xFFFF | 8L << 16 | 0x8E01L << 32 | handler >>> 16 << 48);
                put64(IDT + 16L * vector + 8, 0);
            }
        }

        private void handlers() {
            String fault = "48 c7 c4 00 c0 01 00 e9"; // mov rsp, STACK; jmp RECOVERY
            for (int vector = 0; vector < VECTORS; vector++) {
                long at = HANDLERS + 16L * vector;
                if (vector < 32) {
                    machine.memory().write(at, HexFormat.of().parseHex(fault.replace(" ", "")));
                    machine.memory().write(at + 8, little((int) (RECOVERY - at - 12)));
                } else {
                    machine.memory().write(at, new byte[]{0x48, (byte) 0xCF}); // iretq
                }
            }
        }

        private static byte[] little(int value) {
            return new byte[]{(byte) value, (byte) (value >> 8), (byte) (value >> 16), (byte) (value >> 24)};
        }

        private void mode() {
            cpu.cr3 = TABLES;
            cpu.cr4 = Control.CR4_PAE | Control.CR4_OSFXSR | Control.CR4_OSXMMEXCPT;
            cpu.efer = Control.EFER_LME | Control.EFER_LMA | Control.EFER_NXE | Control.EFER_SCE;
            cpu.cr0 = Control.CR0_PE | Control.CR0_PG | Control.CR0_ET | Control.CR0_WP | Control.CR0_NE;
            cpu.gdtBase = GDT;
            cpu.gdtLimit = 0x2F;
            cpu.idtBase = IDT;
            cpu.idtLimit = 16 * VECTORS - 1;
            for (int number = Segment.ES; number <= Segment.GS; number++) {
                cpu.segments[number].set(0, 0, 0xFFFF_FFFFL, 0xC093);
            }
            cpu.segments[Segment.CS].set(8, 0, 0xFFFF_FFFFL, 0xA09B);
            cpu.segments[Segment.TR].set(TASK_SELECTOR, TASK, 0x67, 0x8B);
            cpu.segments[Segment.FS].base = DATA;
            cpu.segments[Segment.GS].base = DATA + 0x800;
            cpu.updateCodeSize();
            cpu.mmu.flush();
            cpu.fpu.initialize();
            cpu.gpr[Processor.RSP] = STACK;
            cpu.gpr[Processor.RIP] = CODE;
        }

        private long get64(long address) {
            byte[] bytes = new byte[8];
            machine.memory().read(address, bytes, 0, 8);
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        }

        private void put64(long address, long value) {
            byte[] bytes = new byte[8];
            for (int i = 0; i < 8; i++) {
                bytes[i] = (byte) (value >>> 8 * i);
            }
            machine.memory().write(address, bytes);
        }
    }

    /** A world in which only interrupts happen. */
    private static final class Interrupts implements Boundary {
        private static final int VECTOR = 40;
        final Deque<Long> due = new ArrayDeque<>();

        @Override
        public long read(Processor processor, Space space, long address, int size) {
            return processor.machine().moment();
        }

        @Override
        public void write(Processor processor, Space space, long address, int size, long value) {}

        @Override
        public long timestamp(Processor processor) {
            return processor.machine().moment() * 3;
        }

        @Override
        public long random(Processor processor) {
            return processor.machine().moment() * 0x9E37_79B9_7F4A_7C15L;
        }

        @Override
        public long nextAttention(Processor processor) {
            long now = processor.machine().moment();
            return due.isEmpty() || due.peek() <= now ? Long.MAX_VALUE : due.peek();
        }

        @Override
        public Arrival arrival(Processor processor) {
            boolean waits = processor.halted && processor.acceptsInterrupts();
            if (due.isEmpty() ? !waits : !waits && due.peek() > processor.machine().moment()) {
                return Arrival.NONE;
            }
            if (!processor.acceptsInterrupts()) {
                processor.requestInterruptWindow();
                return Arrival.NONE;
            }
            due.poll(); // a halted processor waits for nothing else, so it gets one at once
            return new Arrival.Interrupt(VECTOR);
        }

        @Override
        public void idle(Processor processor) {}
    }
}
