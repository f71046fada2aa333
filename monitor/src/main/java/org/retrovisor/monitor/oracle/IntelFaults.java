package org.retrovisor.monitor.oracle;

import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Vector;

/** What faults Intel's processors raise where the model does something else, and what they leave behind; see {@link FaultDifferences}. */
final class IntelFaults {
    private static final byte VEX_3 = (byte) 0xC4;

    private IntelFaults() {}

    /** See {@link PoppedRegisters}. */
    static Fault popped(FaultDifferences.Case c, Fault host) {
        PoppedRegisters.settle(c);
        return host;
    }

    /** An index below the lower bound raises #BR before the upper one is read. */
    static Fault boundByTheLower(FaultDifferences.Case c, Fault host) {
        Instruction i = c.encoding().instruction();
        int size = i.operandSize;
        int unused = 64 - 8 * size;
        long lower = StateMaker.address(c.encoding(), c.at());
        boolean known = host != null && host.vector() == Vector.BR && c.fault().vector() == Vector.PF
                && lower + size <= c.fault().address()
                && c.at().gpr[i.reg] << unused >> unused < c.signedAt(lower, size);
        return known ? c.fault() : host;
    }

    /** The exceptions of the conversion come before those of its store: #XM, or their flags in MXCSR. */
    static Fault raisedBeforeTheStore(FaultDifferences.Case c, Fault host) {
        if (c.fault().vector() == Vector.UD || !c.encoding().instruction().memory || host == null) {
            return host;
        }
        CpuState converted = new CpuState();
        boolean raised = c.alone().run(registerForm(c.encoding()), c.at(), converted).vector() == Vector.XM;
        if (c.host().mxcsr == converted.mxcsr) {
            c.host().mxcsr = c.model().mxcsr;
        }
        if (raised != (host.vector() == Vector.XM)) {
            return c.neither();
        }
        return raised ? c.fault() : host;
    }

    /** The same instruction with register 0 in place of its operand in memory; it has a VEX prefix of three bytes. */
    private static byte[] registerForm(Encoding encoding) {
        byte[] bytes = encoding.bytes();
        int vex = 0;
        while (bytes[vex] != VEX_3) {
            vex++;
        }
        int register = encoding.instruction().reg & 7;
        return new byte[]{bytes[vex], (byte) (bytes[vex + 1] | 0x60), bytes[vex + 2], bytes[vex + 3],
            (byte) (0xC0 | register << 3), bytes[bytes.length - 1]};
    }
}
