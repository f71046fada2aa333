package org.retrovisor.monitor.interpreter.sse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.Mxcsr;
import org.retrovisor.monitor.x87.X87Images;
import org.retrovisor.monitor.x87.X87State;

/**
 * The 512 bytes of FXSAVE, with which an XSAVE area begins (Intel SDM volume 1, table 10-2).
 *
 * <pre>
 * 0 x87 environment | 24 MXCSR | 28 MXCSR_MASK | 32 ST0..ST7 | 160 XMM0..XMM15 | 416 reserved
 * </pre>
 *
 * The callers have checked that the area can be read or written.
 */
final class LegacyArea {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int MXCSR = 24;
    private static final int MXCSR_MASK = 28;
    private static final int XMM = 160;

    private LegacyArea() {}

    static void storeX87(Processor cpu, long area, boolean wide) {
        byte[] image = new byte[XMM];
        X87Images.fxsave(cpu.fpu, wide, image, 0);
        for (int at = 0; at < XMM; at += 8) {
            if (at != MXCSR) {
                cpu.mmu.store64(area + at, (long) LONG.get(image, at));
            }
        }
    }

    static void loadX87(Processor cpu, long area, boolean wide) {
        byte[] image = new byte[XMM];
        for (int at = 0; at < XMM; at += 8) {
            LONG.set(image, at, cpu.mmu.load64(area + at));
        }
        X87Images.fxrstor(cpu.fpu, wide, image, 0);
    }

    static void storeMxcsr(Processor cpu, long area) {
        cpu.mmu.store32(area + MXCSR, cpu.mxcsr);
        cpu.mmu.store32(area + MXCSR_MASK, Mxcsr.WRITABLE);
    }

    static int mxcsr(Processor cpu, long area) {
        return cpu.mmu.load32(area + MXCSR);
    }

    /** In longs: 16 registers in 64-bit mode, 8 outside. */
    private static int visible(Processor cpu) {
        return cpu.mode64() ? 32 : 16;
    }

    static void storeXmm(Processor cpu, long area) {
        int count = visible(cpu);
        for (int k = 0; k < count; k++) {
            cpu.mmu.store64(area + XMM + 8 * k, cpu.xmm[k]);
        }
    }

    static void loadXmm(Processor cpu, long area) {
        int count = visible(cpu);
        for (int k = 0; k < count; k++) {
            cpu.xmm[k] = cpu.mmu.load64(area + XMM + 8 * k);
        }
    }

    static void clearXmm(Processor cpu) {
        Arrays.fill(cpu.xmm, 0, visible(cpu), 0);
    }

    static void storeUpper(Processor cpu, long area) {
        int count = visible(cpu);
        for (int k = 0; k < count; k++) {
            cpu.mmu.store64(area + 8 * k, cpu.ymm[k]);
        }
    }

    static void loadUpper(Processor cpu, long area) {
        int count = visible(cpu);
        for (int k = 0; k < count; k++) {
            cpu.ymm[k] = cpu.mmu.load64(area + 8 * k);
        }
    }

    static void clearUpper(Processor cpu) {
        Arrays.fill(cpu.ymm, 0, visible(cpu), 0);
    }

    /** The initial state of the x87 component (SDM volume 1, section 13.6). */
    static void clearX87(X87State fpu) {
        fpu.initialize();
        for (int p = 0; p < 8; p++) {
            fpu.setPhysical(p, 0, 0);
        }
    }

    /** XINUSE: bit 0 for x87, bit 1 for SSE, bit 2 for the upper halves of YMM. */
    static long componentsInUse(Processor cpu) {
        return (x87InUse(cpu.fpu) ? 1 : 0) | (inUse(cpu, cpu.xmm) ? 2 : 0) | (inUse(cpu, cpu.ymm) ? 4 : 0);
    }

    private static boolean inUse(Processor cpu, long[] registers) {
        long any = 0;
        int count = visible(cpu);
        for (int k = 0; k < count; k++) {
            any |= registers[k];
        }
        return any != 0;
    }

    private static boolean x87InUse(X87State fpu) {
        long any = fpu.control() ^ 0x37F | fpu.status() | fpu.abridgedTag() | fpu.opcode();
        any |= fpu.instructionPointer() | fpu.dataPointer() | fpu.codeSelector() | fpu.dataSelector();
        for (int p = 0; p < 8; p++) {
            any |= fpu.physicalSignificand(p) | fpu.physicalSignExponent(p);
        }
        return any != 0;
    }
}
