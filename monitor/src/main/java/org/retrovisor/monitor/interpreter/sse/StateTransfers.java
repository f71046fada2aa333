package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Mmu;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;
import org.retrovisor.monitor.sse.Mxcsr;

/**
 * LDMXCSR to XRSTOR and XCR0. The components offered are x87 (bit 0), SSE (bit 1) and, by processor models with AVX, the
 * upper halves of YMM (bit 2), in the standard format only.
 *
 * <p>Left open by the manual, and fixed here: a component is in use exactly when it differs from its initial state;
 * XSAVEOPT leaves out components that are not in use and never any other; FXSAVE stores MXCSR and the XMM registers
 * whatever CR4.OSFXSR says, and does not touch the reserved bytes.
 */
final class StateTransfers {
    private static final long X87 = 1;
    private static final long SSE = 2;
    private static final long UPPER = 4;
    private static final int LEGACY_SIZE = 512;
    private static final int XSTATE_BV = 512;
    private static final int XCOMP_BV = 520;
    private static final int RESERVED = 528;
    private static final int XSAVE_SIZE = 576;
    private static final int UPPER_SIZE = 256;

    private StateTransfers() {}

    static void bind(SemanticsTable t) {
        t.bind("LDMXCSR_Md", StateTransfers::loadMxcsr);
        t.bind("STMXCSR_Md", (cpu, i) -> {
            cpu.requireSse();
            cpu.mmu.store32(cpu.linear(i), cpu.mxcsr);
        });
        t.bind("FXSAVE_M", StateTransfers::fxsave);
        t.bind("FXRSTOR_M", StateTransfers::fxrstor);
        t.bind("XSAVE_M", (cpu, i) -> xsave(cpu, i, false));
        t.bind("XSAVEOPT_M", (cpu, i) -> xsave(cpu, i, true));
        t.bind("XRSTOR_M", StateTransfers::xrstor);
        t.bind("XGETBV", StateTransfers::readXcr);
        t.bind("XSETBV", StateTransfers::writeXcr);
    }

    private static void loadMxcsr(Processor cpu, Instruction i) {
        cpu.requireSse();
        int value = cpu.mmu.load32(cpu.linear(i));
        checkMxcsr(cpu, value);
        cpu.mxcsr = value;
    }

    private static void checkMxcsr(Processor cpu, int value) {
        if ((value & ~Mxcsr.WRITABLE) != 0) {
            throw cpu.fault(Vector.GP, 0);
        }
    }

    private static long alignedTo(Processor cpu, Instruction i, int alignment) {
        long linear = cpu.linear(i);
        if ((linear & alignment - 1) != 0) {
            throw cpu.fault(Vector.GP, 0);
        }
        return linear;
    }

    // ---------------------------------------------------------------- FXSAVE

    private static void fxsave(Processor cpu, Instruction i) {
        requireFx(cpu);
        long area = alignedTo(cpu, i, 16);
        cpu.mmu.checkWrite(area, LEGACY_SIZE);
        LegacyArea.storeX87(cpu, area, i.wide);
        LegacyArea.storeMxcsr(cpu, area);
        LegacyArea.storeXmm(cpu, area);
    }

    private static void fxrstor(Processor cpu, Instruction i) {
        requireFx(cpu);
        long area = alignedTo(cpu, i, 16);
        cpu.mmu.checkRead(area, LEGACY_SIZE);
        int mxcsr = LegacyArea.mxcsr(cpu, area);
        checkMxcsr(cpu, mxcsr);
        LegacyArea.loadX87(cpu, area, i.wide);
        cpu.mxcsr = mxcsr;
        LegacyArea.loadXmm(cpu, area);
    }

    private static void requireFx(Processor cpu) {
        if ((cpu.cr0 & (Control.CR0_EM | Control.CR0_TS)) != 0) {
            throw cpu.fault(Vector.NM);
        }
    }

    // ---------------------------------------------------------------- XSAVE

    private static void requireXsave(Processor cpu) {
        if ((cpu.cr4 & Control.CR4_OSXSAVE) == 0) {
            throw cpu.fault(Vector.UD);
        }
    }

    private static void requireXsaveState(Processor cpu) {
        requireXsave(cpu);
        if ((cpu.cr0 & Control.CR0_TS) != 0) {
            throw cpu.fault(Vector.NM);
        }
    }

    /** The components that the instruction is about: EDX:EAX within XCR0. */
    private static long requested(Processor cpu) {
        return cpu.xcr0 & (cpu.gpr[Processor.RDX] << 32 | cpu.gpr[Processor.RAX] & 0xFFFF_FFFFL);
    }

    /** The area may span three pages. */
    private static void checkArea(Mmu mmu, long area, long requested, boolean write) {
        check(mmu, area, XSAVE_SIZE, write);
        if ((requested & UPPER) != 0) {
            check(mmu, area + XSAVE_SIZE, UPPER_SIZE, write);
        }
    }

    private static void check(Mmu mmu, long linear, int bytes, boolean write) {
        if (write) {
            mmu.checkWrite(linear, bytes);
        } else {
            mmu.checkRead(linear, bytes);
        }
    }

    private static void xsave(Processor cpu, Instruction i, boolean optimized) {
        requireXsaveState(cpu);
        long area = alignedTo(cpu, i, 64);
        long requested = requested(cpu);
        checkArea(cpu.mmu, area, requested, true);
        long inUse = LegacyArea.componentsInUse(cpu);
        long stored = optimized ? requested & inUse : requested;
        long before = cpu.mmu.load64(area + XSTATE_BV);
        if ((stored & X87) != 0) {
            LegacyArea.storeX87(cpu, area, i.wide);
        }
        if ((requested & (SSE | UPPER)) != 0) {
            LegacyArea.storeMxcsr(cpu, area);
        }
        if ((stored & UPPER) != 0) {
            LegacyArea.storeUpper(cpu, area + XSAVE_SIZE);
        }
        if ((stored & SSE) != 0) {
            LegacyArea.storeXmm(cpu, area);
        }
        cpu.mmu.store64(area + XSTATE_BV, before & ~requested | inUse & requested);
    }

    private static void xrstor(Processor cpu, Instruction i) {
        requireXsaveState(cpu);
        long area = alignedTo(cpu, i, 64);
        checkArea(cpu.mmu, area, requested(cpu), false);
        long present = cpu.mmu.load64(area + XSTATE_BV);
        boolean badHeader = (present & ~cpu.xcr0) != 0
                || cpu.mmu.load64(area + XCOMP_BV) != 0
                || cpu.mmu.load64(area + RESERVED) != 0;
        if (badHeader) {
            throw cpu.fault(Vector.GP, 0);
        }
        restore(cpu, area, requested(cpu), present, i.wide);
    }

    private static void restore(Processor cpu, long area, long requested, long present, boolean wide) {
        if ((requested & (SSE | UPPER)) != 0) {
            int mxcsr = LegacyArea.mxcsr(cpu, area);
            checkMxcsr(cpu, mxcsr);
            cpu.mxcsr = mxcsr;
        }
        if ((requested & UPPER) != 0) {
            if ((present & UPPER) != 0) {
                LegacyArea.loadUpper(cpu, area + XSAVE_SIZE);
            } else {
                LegacyArea.clearUpper(cpu);
            }
        }
        if ((requested & SSE) != 0) {
            if ((present & SSE) != 0) {
                LegacyArea.loadXmm(cpu, area);
            } else {
                LegacyArea.clearXmm(cpu);
            }
        }
        if ((requested & X87) != 0) {
            if ((present & X87) != 0) {
                LegacyArea.loadX87(cpu, area, wide);
            } else {
                LegacyArea.clearX87(cpu.fpu);
            }
        }
    }

    // ---------------------------------------------------------------- XCR0

    private static void readXcr(Processor cpu, Instruction i) {
        requireXsave(cpu);
        if ((int) cpu.gpr[Processor.RCX] != 0) {
            throw cpu.fault(Vector.GP, 0);
        }
        cpu.gpr[Processor.RAX] = cpu.xcr0 & 0xFFFF_FFFFL;
        cpu.gpr[Processor.RDX] = cpu.xcr0 >>> 32;
    }

    private static void writeXcr(Processor cpu, Instruction i) {
        requireXsave(cpu);
        long value = cpu.gpr[Processor.RDX] << 32 | cpu.gpr[Processor.RAX] & 0xFFFF_FFFFL;
        boolean known = (int) cpu.gpr[Processor.RCX] == 0;
        boolean legal = (value & X87) != 0 && (value & ~cpu.machine().model().stateComponents()) == 0
                && (value & (SSE | UPPER)) != UPPER;
        if (cpu.cpl != 0 || !known || !legal) {
            throw cpu.fault(Vector.GP, 0);
        }
        cpu.xcr0 = value;
    }
}
