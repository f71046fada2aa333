package org.retrovisor.monitor.oracle;

import java.util.Set;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Row;

/**
 * What is known to differ in faults on Intel's processors, beside the list of {@link VendorDifferences}. As there, the part of the host's
 * result that is known to differ gives way to the model's, but only when it is what these processors are known to do: that is computed
 * here from the state before the instruction. Everything else is compared.
 *
 * <p>What other makers do in these states was not seen: there the instructions are left out.
 */
final class FaultDifferences {
    /** Instructions of which only Intel's processors were seen. */
    private static final Set<String> SEEN_ON_INTEL = Set.of("ARPL", "BOUND", "ENTER", "POPA", "SYSEXIT", "SYSRET",
            "VCVTPS2PH");
    private static final int BOUND_RANGE = 5;
    private static final int PAGE_FAULT = 14;
    private static final int SIMD_EXCEPTION = 19;
    private static final int UNDEFINED = 6;
    private static final byte VEX_3 = (byte) 0xC4;
    private static final int RSP = 4;
    private static final int SLOTS = 8;

    private final HostPages pages;

    FaultDifferences(HostPages pages) {
        this.pages = pages;
    }

    /**
     * A fault as host and model have it.
     *
     * @param encoding the instruction
     * @param at the state before it
     * @param fault what the model raises
     * @param host what the host's handler finds
     * @param model what the model's finds
     * @param masked what the instruction does to memory that raises nothing; for those of {@link #needsTwin}
     */
    record Case(Encoding encoding, CpuState at, Fault fault, CpuState host, CpuState model, Twin masked) {
        Instruction instruction() {
            return encoding.instruction();
        }
    }

    /** The register form of an instruction in the same state: its fault, and MXCSR behind it. */
    record Twin(Fault fault, int mxcsr) {}

    /** Whether this maker's processors are not known in an instruction. */
    static boolean leftOpen(String mnemonic, HostVendor vendor) {
        return vendor != HostVendor.INTEL && SEEN_ON_INTEL.contains(mnemonic);
    }

    /** With LOCK, AMD's processors know moves of CR8. */
    static boolean leftOpenWithLock(Row row, HostVendor vendor) {
        return vendor != HostVendor.INTEL && Coverage.isRefused(row);
    }

    /** Whether {@link #settle} has to know what the register form does. */
    static boolean needsTwin(Encoding encoding) {
        return encoding.instruction().row.mnemonic().equals("VCVTPS2PH");
    }

    /** The same instruction with register 0 in place of its operand in memory; it has a VEX prefix of three bytes. */
    static byte[] registerForm(Encoding encoding) {
        byte[] bytes = encoding.bytes();
        int vex = 0;
        while (bytes[vex] != VEX_3) {
            vex++;
        }
        int register = encoding.instruction().reg & 7;
        return new byte[]{bytes[vex], (byte) (bytes[vex + 1] | 0x60), bytes[vex + 2], bytes[vex + 3],
            (byte) (0xC0 | register << 3), bytes[bytes.length - 1]};
    }

    /** The host's fault, or the model's where it is known to differ; changes the state that the host's handler finds likewise. */
    Fault settle(Case c, Fault host) {
        return switch (c.instruction().row.mnemonic()) {
            case "POPA" -> popped(c, host);
            case "BOUND" -> boundByTheLower(c, host);
            case "VCVTPS2PH" -> raisedBeforeTheStore(c, host);
            default -> host;
        };
    }

    /** Registers that were popped before the stack faulted stay so; the stack pointer does not move. */
    private Fault popped(Case c, Fault host) {
        int size = c.instruction().operandSize;
        long low = -1L >>> 64 - 8 * size;
        for (int slot = 0; slot < SLOTS && c.fault.vector() == PAGE_FAULT; slot++) {
            int register = SLOTS - 1 - slot;
            long address = c.at.gpr[RSP] + (long) slot * size;
            boolean read = address + size <= c.fault.address();
            if (read && register != RSP
                    && c.host.gpr[register] == (c.at.gpr[register] & ~low | value(address, size) & low)) {
                c.host.gpr[register] = c.model.gpr[register];
            }
        }
        return host;
    }

    /** An index below the lower bound raises #BR before the upper one is read. */
    private Fault boundByTheLower(Case c, Fault host) {
        Instruction i = c.instruction();
        int size = i.operandSize;
        int unused = 64 - 8 * size;
        long lower = StateMaker.address(c.encoding, c.at);
        boolean known = host != null && host.vector() == BOUND_RANGE && c.fault.vector() == PAGE_FAULT
                && lower + size <= c.fault.address()
                && c.at.gpr[i.reg] << unused >> unused < value(lower, size);
        return known ? c.fault : host;
    }

    /** The exceptions of the conversion come before those of its store: #XM, or their flags in MXCSR. */
    private static Fault raisedBeforeTheStore(Case c, Fault host) {
        if (c.fault.vector() == UNDEFINED || !c.instruction().memory || host == null) {
            return host;
        }
        if (c.host.mxcsr == c.masked.mxcsr) {
            c.host.mxcsr = c.model.mxcsr;
        }
        boolean raised = c.masked.fault.vector() == SIMD_EXCEPTION;
        if (raised != (host.vector() == SIMD_EXCEPTION)) {
            return new Fault(-1, 0, 0, host.rip()); // neither what the model does nor what is known of the host
        }
        return raised ? c.fault : host;
    }

    /** What the host has at an address, as a signed number. */
    private long value(long address, int size) {
        byte[] bytes = new byte[size];
        pages.read(address, bytes);
        long value = bytes[size - 1];
        for (int n = size - 2; n >= 0; n--) {
            value = value << 8 | bytes[n] & 0xFF;
        }
        return value;
    }
}
