package org.retrovisor.monitor.interpreter.avx;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.GuestFault;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

/** Loads and stores of the elements that a mask selects, and gathers. Elements that are not selected raise no fault. */
final class MaskedMoves {
    private MaskedMoves() {}

    static void bind(SemanticsTable t) {
        masked(t, "VMASKMOVPS", 32);
        masked(t, "VMASKMOVPD", 64);
        masked(t, "VPMASKMOVD", 32);
        masked(t, "VPMASKMOVQ", 64);
        gather(t, "VPGATHERDD_Vx_Md_Hx", 32, 32);
        gather(t, "VPGATHERDQ_Vx_Mq_Hx", 32, 64);
        gather(t, "VPGATHERQD_Vx_Md_Hx", 64, 32);
        gather(t, "VPGATHERQQ_Vx_Mq_Hx", 64, 64);
        gather(t, "VGATHERDPS_Vx_Md_Hx", 32, 32);
        gather(t, "VGATHERDPD_Vx_Mq_Hx", 32, 64);
        gather(t, "VGATHERQPS_Vx_Md_Hx", 64, 32);
        gather(t, "VGATHERQPD_Vx_Mq_Hx", 64, 64);
    }

    private static boolean selected(long[] mask, int element, int bits) {
        return Vectors.element(mask, element, bits) >>> bits - 1 != 0;
    }

    private static void masked(SemanticsTable t, String mnemonic, int bits) {
        t.bind(mnemonic + "_Vx_Hx_Mx", (cpu, i) -> {
            cpu.requireAvx();
            long linear = cpu.linear(i);
            long[] mask = Vectors.register(cpu, i.vvvv);
            long[] result = new long[4];
            for (int n = 0; n < Vectors.count(i, bits); n++) {
                if (selected(mask, n, bits)) {
                    Vectors.setElement(result, n, bits, cpu.mmu.load(linear + n * bits / 8, bits / 8));
                }
            }
            Vectors.set(cpu, i.reg, result, i.wideVector);
        });
        t.bind(mnemonic + "_Mx_Hx_Vx", (cpu, i) -> {
            cpu.requireAvx();
            long linear = cpu.linear(i);
            long[] mask = Vectors.register(cpu, i.vvvv);
            long[] value = Vectors.register(cpu, i.reg);
            for (int n = 0; n < Vectors.count(i, bits); n++) {
                if (selected(mask, n, bits)) {
                    cpu.mmu.checkWrite(linear + n * bits / 8, bits / 8);
                }
            }
            for (int n = 0; n < Vectors.count(i, bits); n++) {
                if (selected(mask, n, bits)) {
                    cpu.mmu.store(linear + n * bits / 8, bits / 8, Vectors.element(value, n, bits));
                }
            }
        });
    }

    /** Destination, index and mask must be three registers; the mask tells how far it came when an element faults. */
    private static void gather(SemanticsTable t, String name, int indexBits, int bits) {
        t.bind(name, (cpu, i) -> {
            cpu.requireAvx();
            if (i.reg == i.vvvv || i.reg == i.vectorIndex || i.vvvv == i.vectorIndex) {
                throw cpu.fault(Vector.UD);
            }
            int count = (i.wideVector ? 256 : 128) / Math.max(indexBits, bits);
            long[] mask = spread(Vectors.register(cpu, i.vvvv), count, bits);
            long[] result = Vectors.register(cpu, i.reg);
            boolean wide = count * bits == 256;
            clearAbove(result, count * bits);
            try {
                elements(cpu, i, indexBits, bits, mask, result, count);
            } catch (GuestFault fault) {
                Vectors.set(cpu, i.reg, result, wide);
                Vectors.set(cpu, i.vvvv, mask, wide);
                throw fault;
            }
            Vectors.set(cpu, i.reg, result, wide);
            Vectors.set(cpu, i.vvvv, new long[4], false);
        });
    }

    /** Every element of the mask all ones or zero, as the manual's first loop makes it. */
    private static long[] spread(long[] mask, int count, int bits) {
        long[] spread = new long[4];
        for (int n = 0; n < count; n++) {
            Vectors.setElement(spread, n, bits, selected(mask, n, bits) ? -1 : 0);
        }
        return spread;
    }

    private static void clearAbove(long[] vector, int bits) {
        for (int n = bits / 64; n < 4; n++) {
            vector[n] = 0;
        }
    }

    private static void elements(
            Processor cpu, Instruction i, int indexBits, int bits, long[] mask, long[] result, int count) {
        long[] indexes = Vectors.register(cpu, i.vectorIndex);
        for (int n = 0; n < count; n++) {
            if (selected(mask, n, bits)) {
                int unused = 64 - indexBits;
                long index = Vectors.element(indexes, n, indexBits) << unused >> unused;
                long offset = cpu.gpr[i.base] + (index << i.scale) + i.displacement;
                long linear = cpu.linear(i.segment, i.addressSize == 8 ? offset : offset & 0xFFFF_FFFFL, bits / 8);
                Vectors.setElement(result, n, bits, cpu.mmu.load(linear, bits / 8));
                Vectors.setElement(mask, n, bits, 0);
            }
        }
    }
}
