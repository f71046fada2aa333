package org.retrovisor.monitor.interpreter.system;

import java.util.HexFormat;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.engines.TestedEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A machine of 8 MiB with descriptor tables in place and a HLT as the handler of every vector, so that a test sees in
 * which handler the guest ended, and on which stack.
 *
 * <p>Linear addresses are physical ones. 0 to 2 MiB is the kernel's, 2 to 4 MiB the user's, 4 to 6 MiB is read-only for
 * everyone and 6 to 8 MiB is not present.
 */
final class TinyGuest implements AutoCloseable {
    static final int CODE_64 = 0x08;
    static final int DATA = 0x10;
    static final int USER_CODE_32 = 0x18 | 3;
    static final int USER_DATA = 0x20 | 3;
    static final int USER_CODE_64 = 0x28 | 3;
    static final int CODE_32 = 0x30;
    static final int TSS = 0x38;
    static final int GATE = 0x48;
    static final int ABSENT_DATA = 0x58;
    static final int CONFORMING_64 = 0x60;
    static final int CODE_16 = 0x68;
    static final int DATA_16 = 0x70;
    static final int GDT_LIMIT = 0x7F;

    static final long GDT_AT = 0x4000;
    static final long IDT_AT = 0x5000;
    static final long TSS_AT = 0x6000;
    static final long RSP0 = 0x1_8000;
    static final long IST1 = 0x1_9000;
    static final long STACK = 0x1_A008; // not aligned to 16
    static final long HANDLERS = 0x2_0000;
    static final long CODE = 0x3_0000;
    static final long USER_CODE = 0x20_0000;
    static final long USER_STACK = 0x20_8000;
    static final long READ_ONLY = 0x40_0000;
    static final long NOT_PRESENT = 0x60_0000;
    static final int V86_STACK = 0x1000;

    private static final HexFormat HEX = HexFormat.of();
    private static final long ALL = 0xFFFF_FFFFL;

    final ScriptedBoundary boundary = new ScriptedBoundary();
    final Machine machine;
    final Processor cpu;

    private TinyGuest(CpuModel model, int version) {
        machine = new Machine(8 << 20, 1, model, version, boundary, TestedEngine.current());
        cpu = machine.processor(0);
        descriptors();
        put(TSS_AT + 0x66, "ff ff"); // no I/O permission bitmap
        for (int vector = 0; vector < 256; vector++) {
            put(handler(vector), "f4");
        }
        cpu.gpr[Processor.RSP] = STACK;
        cpu.gpr[Processor.RIP] = CODE;
    }

    /** In 64-bit mode at level 0. */
    static TinyGuest long64() {
        return long64(CpuModel.V2);
    }

    /** The same on a processor of some model. */
    static TinyGuest long64(CpuModel model) {
        return long64(model, ModelChange.currentVersion());
    }

    /** The same of some version of the models. */
    static TinyGuest long64(CpuModel model, int version) {
        TinyGuest guest = new TinyGuest(model, version);
        guest.pages();
        for (int vector = 0; vector < 256; vector++) {
            guest.gate64(vector, 0x8E00, 0);
        }
        guest.put32(TSS_AT + 4, RSP0);
        guest.put32(TSS_AT + 0x24, IST1);
        Processor cpu = guest.cpu;
        cpu.cr3 = 0x1000;
        cpu.cr4 = Control.CR4_PAE;
        cpu.efer = Control.EFER_LME | Control.EFER_LMA | Control.EFER_NXE | Control.EFER_SCE;
        cpu.cr0 = Control.CR0_PE | Control.CR0_PG | Control.CR0_ET | Control.CR0_WP;
        guest.segments(CODE_64, 0xA09B);
        return guest;
    }

    /** In 32-bit protected mode without paging, at level 0. */
    static TinyGuest protected32() {
        return protected32(CpuModel.V2);
    }

    /** The same on a processor of some model. */
    static TinyGuest protected32(CpuModel model) {
        return protected32(model, ModelChange.currentVersion());
    }

    /** The same of some version of the models. */
    static TinyGuest protected32(CpuModel model, int version) {
        TinyGuest guest = new TinyGuest(model, version);
        for (int vector = 0; vector < 256; vector++) {
            guest.gate32(vector, 0x8E00);
        }
        guest.put32(TSS_AT + 4, RSP0);
        guest.put32(TSS_AT + 8, DATA);
        guest.cpu.cr0 = Control.CR0_PE | Control.CR0_ET;
        guest.segments(CODE_32, 0xC09B);
        return guest;
    }

    /** In real mode with an interrupt vector table, code in segment 3000H. */
    static TinyGuest real() {
        return real(ModelChange.currentVersion());
    }

    /** The same on a processor of some version of the models. */
    static TinyGuest real(int version) {
        TinyGuest guest = new TinyGuest(CpuModel.V2, version);
        for (int vector = 0; vector < 256; vector++) {
            guest.put32(4L * vector, HANDLERS >> 4 << 16 | vector * 16L);
        }
        Processor cpu = guest.cpu;
        for (int number = Segment.ES; number <= Segment.GS; number++) {
            cpu.segments[number].set(0x1000, 0x1_0000, 0xFFFF, 0x93);
        }
        cpu.segments[Segment.CS].set((int) CODE >> 4, CODE, 0xFFFF, 0x9B);
        cpu.cr0 = Control.CR0_ET;
        cpu.idtLimit = 0x3FF;
        cpu.gpr[Processor.RIP] = 0;
        cpu.gpr[Processor.RSP] = 0x1000;
        cpu.updateCodeSize();
        return guest;
    }

    private void pages() {
        put64(0x1000, 0x2007);
        put64(0x2000, 0x3007);
        put64(0x3000, 0x83);
        put64(0x3008, USER_CODE | 0x87);
        put64(0x3010, READ_ONLY | 0x85);
    }

    private void descriptors() {
        put64(GDT_AT + CODE_64, descriptor(0, 0xFFFFF, 0xA09B));
        put64(GDT_AT + DATA, descriptor(0, 0xFFFFF, 0xC093));
        put64(GDT_AT + (USER_CODE_32 & ~3), descriptor(0, 0xFFFFF, 0xC0FB));
        put64(GDT_AT + (USER_DATA & ~3), descriptor(0, 0xFFFFF, 0xC0F3));
        put64(GDT_AT + (USER_CODE_64 & ~3), descriptor(0, 0xFFFFF, 0xA0FB));
        put64(GDT_AT + CODE_32, descriptor(0, 0xFFFFF, 0xC09B));
        put64(GDT_AT + TSS, descriptor(TSS_AT, 0x1FF, 0x0089));
        put64(GDT_AT + ABSENT_DATA, descriptor(0, 0xFFFFF, 0xC073));
        put64(GDT_AT + CONFORMING_64, descriptor(0, 0xFFFFF, 0xA09F));
        put64(GDT_AT + CODE_16, descriptor(0, 0xFFFF, 0x009B));
        put64(GDT_AT + DATA_16, descriptor(0, 0xFFFF, 0x0093));
    }

    private void segments(int code, int codeAttributes) {
        cpu.gdtBase = GDT_AT;
        cpu.gdtLimit = GDT_LIMIT;
        cpu.idtBase = IDT_AT;
        cpu.idtLimit = 0xFFF;
        for (int number = Segment.ES; number <= Segment.GS; number++) {
            cpu.segments[number].set(DATA, 0, ALL, 0xC093);
        }
        cpu.segments[Segment.CS].set(code, 0, ALL, codeAttributes);
        cpu.segments[Segment.TR].set(TSS, TSS_AT, 0x1FF, 0x8B);
        cpu.segments[Segment.LDTR].set(0, 0, 0, 0);
        cpu.updateCodeSize();
        cpu.mmu.flush();
    }

    // ---------------------------------------------------------------- building

    /** A descriptor; {@code attributes} has the access byte in bits 0 to 7 and the flags in 12 to 15. */
    static long descriptor(long base, long limit, int attributes) {
        return limit & 0xFFFF | (base & 0xFF_FFFF) << 16 | (long) attributes << 40 | (limit >> 16 & 15) << 48
                | base >>> 24 << 56;
    }

    static long handler(int vector) {
        return HANDLERS + 16L * vector;
    }

    /** Sets a long-mode gate; {@code type} holds P, DPL and type in bits 8 to 15. */
    TinyGuest gate64(int vector, int type, int ist) {
        long offset = handler(vector);
        long low = offset & 0xFFFF | (long) CODE_64 << 16 | (long) (type | ist) << 32 | offset >>> 16 << 48;
        put64(IDT_AT + 16L * vector, low);
        put64(IDT_AT + 16L * vector + 8, 0);
        return this;
    }

    /** Sets a 32-bit gate. */
    TinyGuest gate32(int vector, int type) {
        long offset = handler(vector);
        put64(IDT_AT + 8L * vector, offset & 0xFFFF | (long) CODE_32 << 16 | (long) type << 32 | offset >>> 16 << 48);
        return this;
    }

    /** Goes to level 3, in 64-bit mode. */
    TinyGuest asUser() {
        cpu.segments[Segment.CS].set(USER_CODE_64, 0, ALL, 0xA0FB);
        return user();
    }

    /** Goes to level 3, in 32-bit code. */
    TinyGuest asUser32() {
        cpu.segments[Segment.CS].set(USER_CODE_32, 0, ALL, 0xC0FB);
        return user();
    }

    /** Goes from 32-bit code to virtual-8086 mode, by an IRETD that executes: to 3000:0, the code as in real mode. */
    TinyGuest asVirtual8086(int flags) {
        int[] frame = {0, 0x3000, Control.VM | flags, V86_STACK, 0x1000, 0x2100, 0x2200, 0x2300, 0x2400};
        for (int n = 0; n < frame.length; n++) {
            put32(STACK + 4 * n, frame[n]);
        }
        return step("cf", 1);
    }

    private TinyGuest user() {
        cpu.segments[Segment.SS].set(USER_DATA, 0, ALL, 0xC0F3);
        cpu.setCpl(3);
        cpu.updateCodeSize();
        cpu.gpr[Processor.RSP] = USER_STACK;
        cpu.gpr[Processor.RIP] = USER_CODE;
        return this;
    }

    TinyGuest put(long address, String bytes) {
        machine.memory().write(address, HEX.parseHex(bytes.replaceAll("[^0-9a-fA-F]", "")));
        return this;
    }

    TinyGuest put64(long address, long value) {
        return put(address, HEX.toHexDigits(Long.reverseBytes(value)));
    }

    TinyGuest put32(long address, long value) {
        return put(address, HEX.toHexDigits(Integer.reverseBytes((int) value)));
    }

    long get64(long address) {
        byte[] bytes = new byte[8];
        machine.memory().read(address, bytes, 0, 8);
        return Long.reverseBytes(HexFormat.fromHexDigitsToLong(HEX.formatHex(bytes)));
    }

    int get32(long address) {
        return (int) get64(address);
    }

    int get16(long address) {
        return (int) get64(address) & 0xFFFF;
    }

    // ---------------------------------------------------------------- running

    /** Puts code where the processor stands. */
    TinyGuest code(String bytes) {
        return put(cpu.segments[Segment.CS].base + cpu.gpr[Processor.RIP], bytes);
    }

    /** Runs code from where the processor stands until it halts with interrupts off. */
    TinyGuest run(String bytes) {
        assertEquals(StopReason.HALTED, stop(bytes));
        return this;
    }

    /** Runs code and says why it stopped; a guest that runs on is stopped after 10,000 instructions, with null. */
    StopReason stop(String bytes) {
        code(bytes);
        return machine.run(machine.moment() + 10_000);
    }

    /** Runs code for so many moments. */
    TinyGuest step(String bytes, int moments) {
        code(bytes);
        machine.run(machine.moment() + moments);
        return this;
    }

    /** The guest halted in the handler of this vector. */
    TinyGuest expectVector(int vector) {
        long rip = cpu.gpr[Processor.RIP] + cpu.segments[Segment.CS].base;
        assertEquals("%x".formatted(handler(vector) + 1), "%x".formatted(rip), "RIP behind the handler's HLT");
        return this;
    }

    /** What lies on the stack, eight bytes a slot. */
    long slot(int number) {
        return get64(cpu.segments[Segment.SS].base + cpu.gpr[Processor.RSP] + 8L * number);
    }

    /** What lies on the stack, four bytes a slot. */
    int slot32(int number) {
        return get32(cpu.segments[Segment.SS].base + cpu.gpr[Processor.RSP] + 4L * number);
    }

    long register(int number) {
        return cpu.gpr[number];
    }

    @Override
    public void close() {
        machine.close();
    }
}
