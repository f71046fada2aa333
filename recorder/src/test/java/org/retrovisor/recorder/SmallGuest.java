package org.retrovisor.recorder;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boot.BootState;
import org.retrovisor.monitor.boot.ProcessorStart;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

/**
 * A machine in 64-bit mode at CPL 0 whose linear addresses are the physical ones, with a few instructions to run and a
 * handler for every interrupt that returns at once.
 */
final class SmallGuest {
    static final long MEMORY = 2 << 20;
    static final long CODE = 0x10000;
    /** A page that nothing uses. */
    static final long DATA = 0x20000;

    private static final long TOP_TABLE = 0x1000;
    private static final long SECOND_TABLE = 0x2000;
    private static final long GDT = 0x3000;
    private static final long IDT = 0x4000;
    private static final long HANDLER = 0x5000;
    private static final long STACK = 0x9000;
    private static final int SELECTOR = 8;
    private static final long LONG_CODE_DESCRIPTOR = 0x00AF_9B00_0000_FFFFL;
    private static final int INTERRUPT_GATE = 0x8E00;
    private static final long PRESENT_WRITABLE = 3;
    private static final long LARGE = 0x80;

    private SmallGuest() {}

    /** A machine that runs the instructions given in hexadecimal, blanks ignored. */
    static Machine create(Boundary boundary, String... instructions) {
        Machine machine = new Machine(MEMORY, 1, boundary, Interpreter::new);
        GuestMemory memory = machine.memory();
        memory.write(TOP_TABLE, words(SECOND_TABLE | PRESENT_WRITABLE));
        memory.write(SECOND_TABLE, words(
                LARGE | PRESENT_WRITABLE,
                0x4000_0000L | LARGE | PRESENT_WRITABLE,
                0x8000_0000L | LARGE | PRESENT_WRITABLE,
                0xC000_0000L | LARGE | PRESENT_WRITABLE));
        memory.write(GDT, words(0, LONG_CODE_DESCRIPTOR));
        for (int vector = 0; vector < 256; vector++) {
            memory.write(IDT + 16L * vector, words(HANDLER | SELECTOR << 16 | (long) INTERRUPT_GATE << 32, 0));
        }
        memory.write(HANDLER, bytes("48 CF")); // iretq
        memory.write(CODE, bytes(String.join("", instructions)));
        start(machine.processor(0));
        return machine;
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
                        TOP_TABLE, Control.CR4_PAE, Control.EFER_LME | Control.EFER_LMA, GDT, 15, segments),
                cpu);
        cpu.idtBase = IDT;
        cpu.idtLimit = 256 * 16 - 1;
    }

    private static byte[] words(long... words) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(words);
        return bytes.array();
    }

    private static byte[] bytes(String hexadecimal) {
        return HexFormat.of().parseHex(hexadecimal.replace(" ", ""));
    }
}
