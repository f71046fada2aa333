package org.retrovisor.monitor.oracle;

import java.util.Random;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Flags;

/** The {@link Preparations} of the general-purpose instructions. */
final class IntegerPreparations {
    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int RBX = 3;
    private static final int RSP = 4;
    private static final int RBP = 5;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final long LOW32 = 0xFFFF_FFFFL;

    private IntegerPreparations() {}

    static void add(Preparations all) {
        division(all);
        bits(all);
        strings(all);
        stack(all);
        jumps(all);
        exchanges(all);
        all.with("BOUND", (e, s, maker) -> {
            if (maker.inData(e, s)) {
                int size = e.instruction().operandSize;
                maker.setMemory(e, s, size, size == 2 ? 0x7F00 : 0x7F00_0000L);
                maker.setMemory(e, s, 0,
                        maker.getMemory(e, s, 0) & ~0xFFFF_FFFFL | (size == 2 ? 0x7F00_8000L : 0x8000_0000L));
            }
        });
    }

    private static boolean addressedBy(Encoding encoding, int... registers) {
        Instruction i = encoding.instruction();
        for (int register : registers) {
            if (i.memory && (i.base == register || i.index == register)) {
                return true;
            }
        }
        return false;
    }

    // ---------------------------------------------------------------- division

    private static void division(Preparations all) {
        for (String mnemonic : new String[]{"DIV", "IDIV"}) {
            boolean signed = mnemonic.equals("IDIV");
            all.admit(mnemonic, e -> !addressedBy(e, RAX, RDX) && (e.instruction().memory || notAccumulator(e)));
            all.with(mnemonic + "_Eb", (e, s, maker) -> prepareDivision(e, s, maker, 1, signed));
            all.with(mnemonic + "_Ev", (e, s, maker) -> prepareDivision(
                    e, s, maker, e.instruction().operandSize, signed));
        }
    }

    private static boolean notAccumulator(Encoding encoding) {
        int rm = encoding.instruction().rm;
        return rm != RAX && rm != RDX && rm < 16;
    }

    /** Makes the upper half of the dividend small enough for most divisors: a remainder of it. */
    private static void prepareDivision(Encoding e, CpuState s, StateMaker maker, int size, boolean signed) {
        Instruction i = e.instruction();
        int unused = 64 - 8 * size;
        long divisor = (i.memory ? memoryOrZero(e, s, maker) : s.gpr[i.rm]) << unused >>> unused;
        long bound = signed ? Math.abs(divisor << unused >> unused) / 2 : divisor;
        if (bound == 0 || maker.random().nextInt(16) == 0) {
            return;
        }
        long high = Long.remainderUnsigned(maker.random().nextLong(), bound);
        if (signed && maker.random().nextBoolean()) {
            high = ~high;
        }
        if (maker.random().nextInt(3) == 0) {
            long low = size == 1 ? s.gpr[RAX] << 56 : s.gpr[RAX] << unused;
            high = signed ? low >> 63 : 0;
        }
        if (size == 1) {
            s.gpr[RAX] = s.gpr[RAX] & ~0xFF00L | (high & 0xFF) << 8;
        } else {
            s.gpr[RDX] = s.gpr[RDX] & ~(-1L >>> unused) | high & -1L >>> unused;
        }
    }

    private static long memoryOrZero(Encoding e, CpuState s, StateMaker maker) {
        return maker.inData(e, s) ? maker.getMemory(e, s, 0) : 0;
    }

    // ---------------------------------------------------------------- bits

    /** A bit number in a register leads far away from the operand: up to 512 bytes here. */
    private static void bits(Preparations all) {
        for (String mnemonic : new String[]{"BT", "BTS", "BTR", "BTC"}) {
            String name = mnemonic + "_Ev_Gv";
            all.admit(name, e -> !addressedBy(e, e.instruction().reg) && e.instruction().reg != RSP);
            all.with(name, (e, s, maker) -> {
                Instruction i = e.instruction();
                if (i.memory && i.base != RSP) {
                    long number = maker.random().nextInt(8192) - 4096;
                    long mask = i.operandSize == 8 ? -1L : (1L << 8 * i.operandSize) - 1;
                    s.gpr[i.reg] = s.gpr[i.reg] & ~mask | number & mask;
                }
            });
            all.admit(name, e -> !e.instruction().memory
                    || !addressedBy(e, e.instruction().reg, RSP) && e.instruction().reg != RSP);
        }
        all.with("XLAT", (e, s, maker) -> s.gpr[RBX] = StateMaker.border(maker.pages()) - maker.random().nextInt(256)
                | garbage(e, maker));
    }

    private static long garbage(Encoding e, StateMaker maker) {
        return e.instruction().addressSize == 4 ? maker.random().nextLong() << 32 : 0;
    }

    // ---------------------------------------------------------------- strings

    private static void strings(Preparations all) {
        for (String mnemonic : new String[]{"MOVS", "STOS", "LODS", "CMPS", "SCAS"}) {
            all.with(mnemonic, IntegerPreparations::prepareString);
        }
    }

    private static void prepareString(Encoding e, CpuState s, StateMaker maker) {
        Random random = maker.random();
        long border = StateMaker.border(maker.pages());
        s.gpr[RSI] = border - 300 + random.nextInt(600);
        s.gpr[RDI] = random.nextInt(3) == 0
                ? s.gpr[RSI] + random.nextInt(32) - 16
                : border - 300 + random.nextInt(600);
        s.gpr[RSI] |= garbage(e, maker);
        s.gpr[RDI] |= garbage(e, maker);
        if (e.instruction().repeated()) {
            s.gpr[RCX] = random.nextInt(random.nextInt(4) == 0 ? 70 : 12) | garbage(e, maker);
        }
        if (random.nextInt(3) != 0) { // long runs of equal elements
            for (int i = 0; i < s.data.length; i++) {
                s.data[i] = (byte) (random.nextInt(40) == 0 ? 1 : 0);
            }
            s.gpr[RAX] = random.nextInt(4) == 0 ? 1 : 0;
        }
    }

    // ---------------------------------------------------------------- stack

    private static void stack(Preparations all) {
        all.with("POPF", (e, s, maker) -> {
            int changeable = Flags.STATUS | Control.DF;
            long image = maker.random().nextInt() & changeable | Control.IF | Control.ALWAYS_ONE;
            maker.setStack(s, s.gpr[RSP], image);
        });
        all.with("LEAVE", (e, s, maker) -> s.gpr[RBP] = s.gpr[RSP] + maker.random().nextInt(200) - 100);
        all.admit("ENTER", e -> (e.instruction().immediate & 0xFFFF) < 256);
        all.with("ENTER", (e, s, maker) -> s.gpr[RBP] = s.gpr[RSP] + maker.random().nextInt(200));
        // POP into memory with an address that depends on RSP is chosen behind the pop: it stays in the window anyway
        all.admit("ENTER_Iw_Ib", e -> (e.instruction().immediate & 0xFFFF) < 256 && !e.instruction().operandPrefix);
    }

    // ---------------------------------------------------------------- jumps

    private static void jumps(Preparations all) {
        for (String mnemonic : new String[]{"LOOP", "LOOPE", "LOOPNE", "JrCXZ"}) {
            all.with(mnemonic, (e, s, maker) -> {
                if (maker.random().nextInt(4) != 0) {
                    s.gpr[RCX] = maker.random().nextInt(3) | garbage(e, maker);
                }
            });
        }
        for (String name : new String[]{"JMP_Ev", "CALL_Ev"}) {
            all.admit(name, e -> e.instruction().memory
                    ? !addressedBy(e, RSP)
                    : e.instruction().rm != RSP);
            all.with(name, (e, s, maker) -> {
                long target = Landing.target(e.address(), maker.random().nextBoolean());
                if (e.instruction().memory) {
                    maker.setMemory(e, s, 0, target);
                } else {
                    s.gpr[e.instruction().rm] = target;
                }
            });
        }
        all.with("RET", (e, s, maker) -> maker.setStack(
                s, s.gpr[RSP], Landing.target(e.address(), maker.random().nextBoolean())));
    }

    // ---------------------------------------------------------------- exchanges

    private static void exchanges(Preparations all) {
        all.with("CMPXCHG_Eb_Gb", IntegerPreparations::prepareCompare);
        all.with("CMPXCHG_Ev_Gv", IntegerPreparations::prepareCompare);
        all.with("CMPXCHG8B", (e, s, maker) -> {
            if (maker.inData(e, s) && !addressedBy(e, RAX, RDX) && maker.random().nextBoolean()) {
                long value = maker.getMemory(e, s, 0);
                s.gpr[RAX] = s.gpr[RAX] & ~LOW32 | value & LOW32;
                s.gpr[RDX] = s.gpr[RDX] & ~LOW32 | value >>> 32;
            }
        });
        all.with("CMPXCHG16B", (e, s, maker) -> {
            if (maker.inData(e, s) && !addressedBy(e, RAX, RDX) && maker.random().nextBoolean()) {
                s.gpr[RAX] = maker.getMemory(e, s, 0);
                s.gpr[RDX] = maker.getMemory(e, s, 8);
            }
        });
    }

    private static void prepareCompare(Encoding e, CpuState s, StateMaker maker) {
        if (addressedBy(e, RAX) || maker.random().nextBoolean()) {
            return;
        }
        Instruction i = e.instruction();
        if (!i.memory) {
            s.gpr[RAX] = i.rm < 16 ? s.gpr[i.rm] : s.gpr[i.rm - Instruction.AH] >>> 8;
        } else if (maker.inData(e, s)) {
            s.gpr[RAX] = maker.getMemory(e, s, 0);
        }
    }
}
