package org.retrovisor.monitor.oracle;

import java.util.Random;
import java.util.Set;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Flags;

/** What the states of far transfers and of loads of segment registers need: the selectors that Linux gives to programs. */
final class SystemPreparations {
    static final int CODE_32 = 0x23;
    private static final int DATA = 0x2B;
    private static final int CODE_64 = 0x33;
    /**
     * The gates that Linux opens to programs: breakpoint, overflow, system call. And those that a hypervisor opens which runs the kernel of its
     * guest at CPL 3 as well.
     */
    private static final Set<Integer> OPEN_GATES = Set.of(3, 4, 0x80, 0x17, 0x19, 0x1A, 0x1B);
    private static final int TABLE_INDICATOR = 4;
    private static final int RSP = 4;

    private SystemPreparations() {}

    /** AMD processors know no far pointers of 80 bits. */
    static void add(Preparations all) {
        for (String name : new String[]{"JMPF_Mp", "CALLF_Mp"}) {
            all.admit(name, e -> e.instruction().operandSize == 4 && e.instruction().base != RSP);
            all.with(name, SystemPreparations::farPointer);
        }
        for (String mnemonic : new String[]{"RETF", "IRET"}) {
            all.admit(mnemonic, e -> e.instruction().operandSize > 2);
            all.with(mnemonic, SystemPreparations::frame);
        }
        for (String mnemonic : new String[]{"LES", "LDS", "LSS"}) {
            all.admit(mnemonic, e -> e.instruction().operandSize < 8 && e.instruction().base != RSP);
            all.with(mnemonic, SystemPreparations::pointerToData);
        }
        for (String name : new String[]{"POP_ES", "POP_SS", "POP_DS"}) {
            all.with(name, (e, s, maker) -> maker.setStack(s, s.gpr[RSP], DATA));
        }
        all.with("MOV_Sw_Ew", (e, s, maker) -> setWord(e, s, maker, DATA));
        for (String mnemonic : new String[]{"LAR", "LSL", "VERR", "VERW"}) {
            all.with(mnemonic, (e, s, maker) -> setWord(e, s, maker, anySelector(maker.random())));
        }
        all.admit("INT", e -> !OPEN_GATES.contains((int) e.instruction().immediate & 0xFF));
        all.with("INTO", (e, s, maker) -> s.flags &= ~Flags.OF);
        all.admit("MOV_Sw_Ew", e -> e.instruction().memory
                ? e.instruction().base != RSP
                : e.instruction().rm != RSP);
    }

    private static void setWord(Encoding e, CpuState s, StateMaker maker, int value) {
        if (!e.instruction().memory) {
            s.gpr[e.instruction().rm] = s.gpr[e.instruction().rm] & ~0xFFFFL | value;
        } else if (maker.inData(e, s)) {
            maker.setMemory(e, s, 0, maker.getMemory(e, s, 0) & ~0xFFFFL | value);
        } else if (maker.inStack(e, s)) {
            maker.setStack(s, StateMaker.address(e, s), value);
        }
    }

    /** Of what is alike in the tables of Linux and of our guest: user segments, null, the supervisor's, behind the end, no LDT. */
    private static int anySelector(Random random) {
        int level = random.nextInt(4);
        return switch (random.nextInt(8)) {
            case 0 -> level;
            case 1 -> 8 | level;
            case 2 -> 0x1000 + random.nextInt(0xF000) & ~4;
            case 3 -> random.nextInt(0x1_0000) | TABLE_INDICATOR;
            default -> ofPrograms(random.nextInt(3)) | level;
        };
    }

    /** Some hypervisors that run the kernel of their guest at CPL 3 have no 32-bit code segment. */
    private static int ofPrograms(int number) {
        return number == 0 && !Narrow.THERE ? DATA & ~3 : 0x20 + 8 * number;
    }

    private static int code(StateMaker maker) {
        return maker.codeSize() == CodeSize.BITS_64 ? CODE_64 : CODE_32;
    }

    private static void farPointer(Encoding e, CpuState s, StateMaker maker) {
        if (maker.inData(e, s)) {
            long target = Landing.target(e.address(), maker.random().nextBoolean());
            maker.setMemory(e, s, 0, target | (long) code(maker) << 32);
        }
    }

    private static void pointerToData(Encoding e, CpuState s, StateMaker maker) {
        if (maker.inData(e, s)) {
            int bits = 8 * e.instruction().operandSize;
            long offset = maker.random().nextInt() & (1L << bits) - 1;
            maker.setMemory(e, s, 0, offset | (long) DATA << bits);
        }
    }

    /** RIP, CS, RFLAGS, RSP and SS, of which a far RET takes the first two. */
    private static void frame(Encoding e, CpuState s, StateMaker maker) {
        int size = e.instruction().operandSize;
        int changeable = Flags.STATUS | Control.DF;
        long flags = maker.random().nextInt() & changeable | Control.IF | Control.ALWAYS_ONE;
        long[] frame = {Landing.target(e.address(), maker.random().nextBoolean()), code(maker), flags,
            s.gpr[RSP] + 8 * (maker.random().nextInt(9) - 4), DATA, 0};
        for (int n = 0; n < frame.length; n++) {
            maker.setStack(s, s.gpr[RSP] + (long) n * size, frame[n]);
        }
    }

    /** Asked once, and only when somebody wants to know. */
    private static final class Narrow {
        static final boolean THERE = HostProcessor.runs32BitCode(new HostPages());
    }
}
