package org.retrovisor.monitor.oracle;

import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.retrovisor.monitor.isa.Row;

import static org.retrovisor.monitor.oracle.HostVendor.AMD;
import static org.retrovisor.monitor.oracle.HostVendor.INTEL;
import static org.retrovisor.monitor.oracle.HostVendor.OTHER;

/**
 * What is known to differ in faults on processors of one maker, beside the list of {@link VendorDifferences}. As there, the part of the host's
 * result that is known to differ gives way to the model's, but only when it is what these processors are known to do: that is computed
 * from the state before the instruction. Everything else is compared.
 *
 * <p>What a maker's processors were not seen to do is left out there: {@link #leftOpen}.
 */
final class FaultDifferences {
    /** Instructions in which makers differ, or may. */
    private static final Set<String> SEEN_ON_FEW = Set.of("ARPL", "BOUND", "ENTER", "POPA", "SYSEXIT", "SYSRET",
            "VCVTPS2PH");
    private static final Set<String> MXCSR = Set.of("LDMXCSR", "VLDMXCSR");
    private static final Set<String> CONVERSIONS_TO_INTEGERS = Set.of("CVTSS2SI", "CVTTSS2SI", "CVTSD2SI", "CVTTSD2SI",
            "VCVTSS2SI", "VCVTTSS2SI", "VCVTSD2SI", "VCVTTSD2SI");
    private static final Set<String> SHA = Set.of("SHA1RNDS4", "SHA1NEXTE", "SHA1MSG1", "SHA1MSG2", "SHA256RNDS2",
            "SHA256MSG1", "SHA256MSG2");

    /** The list. Each is of a maker, with mnemonics. */
    private enum Difference {
        /** See {@link IntelFaults#popped}. */
        POPPED(INTEL, IntelFaults::popped, Set.of("POPA")),
        /** See {@link AmdFaults#popped}. */
        POPPED_FOR_CERTAIN(AMD, AmdFaults::popped, Set.of("POPA")),
        /** See {@link IntelFaults#boundByTheLower}. */
        LOWER_BOUND(INTEL, IntelFaults::boundByTheLower, Set.of("BOUND")),
        /** See {@link IntelFaults#raisedBeforeTheStore}. */
        CONVERSION_FIRST(INTEL, IntelFaults::raisedBeforeTheStore, Set.of("VCVTPS2PH")),
        /** See {@link AmdFaults#exactDenormals}. */
        EXACT_DENORMALS(AMD, AmdFaults::exactDenormals, Set.of("VCVTPS2PH")),
        /** See {@link AmdFaults#sourceFirst}. */
        SOURCE_FIRST(AMD, AmdFaults::sourceFirst, Set.of("CMPS")),
        /** See {@link AmdFaults#forgottenPushes}. */
        FORGOTTEN_PUSHES(AMD, AmdFaults::forgottenPushes, CONVERSIONS_TO_INTEGERS),
        /** See {@link AmdFaults#undefinedInLongMode}. */
        UNDEFINED(AMD, AmdFaults::undefinedInLongMode, Set.of("SYSENTER")),
        /** See {@link AmdFaults#undefinedOrPrivileged}. */
        UNDEFINED_OR_PRIVILEGED(AMD, AmdFaults::undefinedOrPrivileged, Set.of("SYSEXIT")),
        /** See {@link AmdFaults#taskPriority}. */
        TASK_PRIORITY(AMD, AmdFaults::taskPriority, Set.of("MOV")),
        /** See {@link AmdFaults#misalignedMode}. */
        MISALIGNED_MODE(AMD, AmdFaults::misalignedMode, MXCSR),
        /** See {@link AmdFaults#unaligned}. */
        UNALIGNED(AMD, AmdFaults::unaligned, SHA);

        private final HostVendor vendor;
        private final Set<String> mnemonics;
        private final BiFunction<Case, Fault, Fault> settlement;

        Difference(HostVendor vendor, BiFunction<Case, Fault, Fault> settlement, Set<String> mnemonics) {
            this.vendor = vendor;
            this.settlement = settlement;
            this.mnemonics = mnemonics;
        }
    }

    /** Runs code on the model. */
    @FunctionalInterface
    interface Model {
        /** The fault that the code, placed at {@code from.rip}, ends with; {@code after} is what its handler finds. */
        Fault run(byte[] code, CpuState from, CpuState after);
    }

    /**
     * A fault as host and model have it.
     *
     * @param pages where all of it happens
     * @param encoding the instruction
     * @param at the state before it
     * @param fault what the model raises
     * @param host what the host's handler finds
     * @param model what the model's finds
     * @param alone what the model does with something else instead
     */
    record Case(HostPages pages, Encoding encoding, CpuState at, Fault fault, CpuState host, CpuState model,
            Model alone) {
        /** No fault that there is. */
        private static final int NONE = -1;

        /**
         * The model's fault when the host's is the one that its maker's processors are known to raise, null for none; {@link #neither} when
         * the host raises the model's instead; and otherwise the host's.
         */
        Fault instead(Fault host, Fault known) {
            if (known == null ? host == null : known.equals(host)) {
                return fault;
            }
            return fault.equals(host) ? neither() : host;
        }

        /** What the host has at an address, as a signed number. */
        long signedAt(long address, int size) {
            byte[] bytes = new byte[size];
            pages.read(address, bytes);
            long value = bytes[size - 1];
            for (int n = size - 2; n >= 0; n--) {
                value = value << 8 | bytes[n] & 0xFF;
            }
            return value;
        }

        /** For a host that does neither what the model does nor what is known of its maker: a fault that equals no other. */
        Fault neither() {
            return new Fault(NONE, 0, 0, fault.rip());
        }
    }

    private final List<Difference> here;

    FaultDifferences(HostVendor vendor) {
        here = Stream.of(Difference.values()).filter(difference -> difference.vendor == vendor).toList();
    }

    /** Whether this maker's processors are not known in an instruction. */
    static boolean leftOpen(String mnemonic, HostVendor vendor) {
        return vendor == OTHER
                && (SEEN_ON_FEW.contains(mnemonic) || SHA.contains(mnemonic) || MXCSR.contains(mnemonic));
    }

    /** With LOCK, some processors know moves of CR8. */
    static boolean leftOpenWithLock(Row row, HostVendor vendor) {
        return vendor == OTHER && Coverage.isRefused(row);
    }

    /** Which of two operands of a string instruction faults first. */
    static boolean leavesOrderOpen(HostVendor vendor) {
        return vendor == OTHER;
    }

    /** The host's fault, or the model's where it is known to differ; changes the state that the host's handler finds likewise. */
    Fault settle(Case c, Fault host) {
        Fault fault = host;
        for (Difference difference : here) {
            if (difference.mnemonics.contains(c.encoding.instruction().row.mnemonic())) {
                fault = difference.settlement.apply(c, fault);
            }
        }
        return fault;
    }
}
