package org.retrovisor.monitor.oracle;

import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Vector;

/** What faults Intel's processors raise where the model does something else, and what they leave behind; see {@link FaultDifferences}. */
final class IntelFaults {
    private static final byte VEX_3 = (byte) 0xC4;
    private static final int RSP = 4;
    private static final int SLOTS = 8;

    private IntelFaults() {}

    /** Registers that were popped before the stack faulted stay so; the stack pointer does not move. */
    static Fault popped(FaultDifferences.Case c, Fault host) {
        int size = c.encoding().instruction().operandSize;
        long low = -1L >>> 64 - 8 * size;
        for (int slot = 0; slot < SLOTS && c.fault().vector() == Vector.PF; slot++) {
            int register = SLOTS - 1 - slot;
            long address = c.at().gpr[RSP] + (long) slot * size;
            boolean read = address + size <= c.fault().address();
            if (read && register != RSP
                    && c.host().gpr[register] == (c.at().gpr[register] & ~low | value(c, address, size) & low)) {
                c.host().gpr[register] = c.model().gpr[register];
            }
        }
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
                && c.at().gpr[i.reg] << unused >> unused < value(c, lower, size);
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

    /** What the host has at an address, as a signed number. */
    private static long value(FaultDifferences.Case c, long address, int size) {
        byte[] bytes = new byte[size];
        c.pages().read(address, bytes);
        long value = bytes[size - 1];
        for (int n = size - 2; n >= 0; n--) {
            value = value << 8 | bytes[n] & 0xFF;
        }
        return value;
    }
}
