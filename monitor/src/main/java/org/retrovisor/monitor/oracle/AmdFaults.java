package org.retrovisor.monitor.oracle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Descriptors;
import org.retrovisor.monitor.processor.Vector;
import org.retrovisor.monitor.sse.Mxcsr;

/** What faults AMD's processors raise where the model does something else, and what they leave behind; see {@link FaultDifferences}. */
final class AmdFaults {
    /** The error code of a program's read of a page that is not there. */
    private static final int READ_BY_PROGRAM = 4;
    private static final int RSP = 4;
    private static final int RSI = 6;
    /** By how much pushes and pops before an instruction move rSP at most: a short sequence of them. */
    private static final int STACK_REACH = 256;
    private static final int STACK_SEGMENT = 2;
    private static final int CMPS_TO_LODS = 6;
    private static final int OPERAND_BYTES = 16;

    private static final int MISALIGNED_MODE = 1 << 17;
    private static final int OVERFLOW_MASK = Mxcsr.OE << Mxcsr.MASK_SHIFT;
    private static final int UNDERFLOW_MASK = Mxcsr.UE << Mxcsr.MASK_SHIFT;
    private static final int SINGLE_FRACTION = 0x7F_FFFF;
    private static final int SINGLE_EXPONENT = 0xFF;
    /** What a half keeps of a significand, its first bit included. */
    private static final int HALF_BITS = 11;
    private static final int LOST_BITS = 0x1FFF;
    private static final int LARGEST_HALF_EXPONENT = 127 + 15;

    private AmdFaults() {}

    /**
     * When underflow traps, bits of a denormal are lost only if the significand is too long for a half, as those of any other number; the
     * model, like Intel's processors, takes each denormal to be inexact.
     */
    static Fault exactDenormals(FaultDifferences.Case c, Fault host) {
        boolean traps = (c.at().mxcsr & UNDERFLOW_MASK) == 0;
        boolean raisedByModel = (c.at().mxcsr & Mxcsr.PE) == 0 && (c.model().mxcsr & Mxcsr.PE) != 0;
        if (traps && raisedByModel && !losesBits(c)) {
            c.host().mxcsr ^= Mxcsr.PE;
        }
        return host;
    }

    private static boolean losesBits(FaultDifferences.Case c) {
        Instruction i = c.encoding().instruction();
        int halves = i.wideVector ? 4 : 2;
        for (int half = 0; half < halves; half++) {
            long[] registers = half < 2 ? c.at().xmm : c.at().ymm;
            long both = registers[2 * i.reg + half % 2];
            if (losesBits(c, (int) both) || losesBits(c, (int) (both >>> 32))) {
                return true;
            }
        }
        return false;
    }

    private static boolean losesBits(FaultDifferences.Case c, int single) {
        int fraction = single & SINGLE_FRACTION;
        int exponent = single >>> 23 & SINGLE_EXPONENT;
        if (exponent == SINGLE_EXPONENT) {
            return false;
        }
        if (exponent == 0) {
            return fraction >>> Integer.numberOfTrailingZeros(fraction | 1 << 23) >= 1 << HALF_BITS;
        }
        boolean becomesInfinite = exponent > LARGEST_HALF_EXPONENT && (c.at().mxcsr & OVERFLOW_MASK) != 0;
        return (fraction & LOST_BITS) != 0 || becomesInfinite;
    }

    /** See {@link PoppedRegisters}; and it must be so. */
    static Fault popped(FaultDifferences.Case c, Fault host) {
        return PoppedRegisters.settle(c) ? host : c.neither();
    }

    /** Of two operands that fault, the one at rSI does so first on family 26: as LODS would in its place; on family 25 the one at rDI, as in the model. */
    static Fault sourceFirst(FaultDifferences.Case c, Fault host) {
        if (c.fault().equals(host)) {
            return host;
        }
        byte[] load = c.encoding().bytes().clone();
        load[load.length - 1] += CMPS_TO_LODS;
        CpuState after = new CpuState();
        Fault source = c.alone().run(load, c.model(), after);
        boolean inThisIteration = source != null && after.gpr[RSI] == c.model().gpr[RSI];
        return inThisIteration ? c.instead(host, source) : host;
    }

    /**
     * Family 23 (Zen 1, seen on model 1): a conversion into rSP that raises #XM, which leaves its destination alone, forgets by how much pushes and
     * pops before it have moved rSP. The handler finds what it was before them, however many other instructions lie between. Page faults of the same
     * instruction do not.
     */
    static Fault forgottenPushes(FaultDifferences.Case c, Fault host) {
        boolean raised = c.fault().vector() == Vector.XM && c.fault().equals(host);
        boolean toStackPointer = c.encoding().instruction().reg == RSP;
        if (raised && toStackPointer && Math.abs(c.host().gpr[RSP] - c.model().gpr[RSP]) <= STACK_REACH) {
            c.host().gpr[RSP] = c.model().gpr[RSP];
        }
        return host;
    }

    /** APM volume 3, SYSENTER and SYSEXIT: invalid in long mode. */
    static Fault undefinedInLongMode(FaultDifferences.Case c, Fault host) {
        return c.instead(host, new Fault(Vector.UD, 0, 0, c.fault().rip()));
    }

    /**
     * SYSEXIT likewise; but hypervisors that emulate what one maker knows and the other does not look at the privilege first, as the model
     * does.
     */
    static Fault undefinedOrPrivileged(FaultDifferences.Case c, Fault host) {
        return c.fault().equals(host) ? host : undefinedInLongMode(c, host);
    }

    /** APM volume 3, MOV CRn: with LOCK, CR0 is CR8; programs may access neither. */
    static Fault taskPriority(FaultDifferences.Case c, Fault host) {
        Instruction i = c.encoding().instruction();
        boolean known = i.row.name().contains("Cq") && i.reg == 0;
        return known ? c.instead(host, new Fault(Vector.GP, 0, 0, c.fault().rip())) : host;
    }

    /**
     * APM volume 2, section 11.5: MXCSR has a bit more, MM, with which operands of SSE need not be aligned. It is reserved on Intel's
     * processors, as in the model.
     */
    static Fault misalignedMode(FaultDifferences.Case c, Fault host) {
        long address = StateMaker.address(c.encoding(), c.at());
        if (c.fault().vector() != Vector.GP || !Descriptors.isCanonical(address)) {
            return host;
        }
        int loaded = (int) c.signedAt(address, Integer.BYTES);
        if ((loaded & ~Mxcsr.WRITABLE) != MISALIGNED_MODE) {
            return host;
        }
        if (c.host().mxcsr == loaded && c.host().rip == c.encoding().next()) {
            c.host().mxcsr = c.model().mxcsr;
            c.host().rip = c.model().rip;
        }
        return c.instead(host, null);
    }

    /** Operands of the SHA instructions need not be aligned. */
    static Fault unaligned(FaultDifferences.Case c, Fault host) {
        long address = StateMaker.address(c.encoding(), c.at());
        if (c.fault().vector() == Vector.UD) {
            return host;
        }
        Fault known = ofRead(c, address);
        if (known == null) {
            settleResult(c, address);
        }
        return c.instead(host, known);
    }

    private static Fault ofRead(FaultDifferences.Case c, long address) {
        long missing = c.pages().missing;
        long rip = c.fault().rip();
        if (!Descriptors.isCanonical(address)) {
            boolean stack = c.encoding().instruction().segment == STACK_SEGMENT;
            return new Fault(stack ? Vector.SS : Vector.GP, 0, 0, rip);
        }
        return address + OPERAND_BYTES <= missing
                ? null
                : new Fault(Vector.PF, READ_BY_PROGRAM, Math.max(address, missing), rip);
    }

    /** The host went on behind the instruction; the destination must be what the model makes of the same operand in a register. */
    private static void settleResult(FaultDifferences.Case c, long address) {
        Instruction i = c.encoding().instruction();
        byte[] operand = new byte[OPERAND_BYTES];
        c.pages().read(address, operand);
        ByteBuffer halves = ByteBuffer.wrap(operand).order(ByteOrder.LITTLE_ENDIAN);
        CpuState from = new CpuState();
        from.copyFrom(c.at());
        from.rip = c.encoding().address();
        for (int half = 0; half < 2; half++) {
            from.xmm[2 + half] = c.at().xmm[2 * i.reg + half];
            from.xmm[4 + half] = halves.getLong(8 * half);
        }
        CpuState after = new CpuState();
        c.alone().run(registerForm(i), from, after);
        for (int half = 0; half < 2; half++) {
            if (c.host().xmm[2 * i.reg + half] == after.xmm[2 + half]) {
                c.host().xmm[2 * i.reg + half] = c.model().xmm[2 * i.reg + half];
            }
        }
        if (c.host().rip == c.encoding().next()) {
            c.host().rip = c.model().rip;
        }
    }

    /** Of XMM1 and XMM2. */
    private static byte[] registerForm(Instruction i) {
        byte modRm = (byte) 0xCA;
        return i.row.map() == 2
                ? new byte[]{0x0F, 0x38, (byte) i.row.opcode(), modRm}
                : new byte[]{0x0F, 0x3A, (byte) i.row.opcode(), modRm, (byte) i.immediate};
    }
}
