package org.retrovisor.monitor.oracle;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.x87.X87Bits;

import static java.util.Map.entry;
import static org.retrovisor.monitor.oracle.HostVendor.INTEL;

/**
 * Where processors of one maker do something else than the model, which had to choose: the whole list, with the reasons. On
 * such a host, and only in the states that an entry names, the part of the host's result that is known to differ gives way to
 * the model's; but only when it is what that maker's processors are known to put there. Everything else is compared.
 *
 * <p>What all makers leave undefined is in {@link UndefinedFlags} and {@link X87Tolerance}.
 */
public final class VendorDifferences {
    private static final int RCX = 1;
    private static final int RSP = 4;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final long LOW = 0xFFFF_FFFFL;
    private static final int SELECTOR_BYTES = 2;
    private static final int EXPONENT = 0x7FFF;
    private static final long INTEGER_BIT = Long.MIN_VALUE;
    /** What underflow does to the status word: its flag, and the summary when it is unmasked. */
    private static final int UNDERFLOW = X87Bits.UE | X87Bits.ES | X87Bits.BUSY;

    /** Gives the model's word to the part of the host's result that is known to differ. */
    @FunctionalInterface
    private interface Settlement {
        void settle(Case c);
    }

    /**
     * One entry.
     *
     * @param vendor whose processors differ from the model
     * @param rows names or mnemonics of the rows
     * @param reason what they do, and the manual's section or that it was observed
     */
    private record Difference(HostVendor vendor, Set<String> rows, String reason, Settlement settlement) {
        boolean concerns(Row row) {
            return rows.contains(row.name()) || rows.contains(row.mnemonic());
        }
    }

    /** One case: its state before, and the results of host and model. */
    private record Case(HostPages pages, Encoding encoding, CpuState before, CpuState host, CpuState model) {
        Instruction instruction() {
            return encoding.instruction();
        }
    }

    private static final List<Difference> ALL = List.of(
            new Difference(INTEL, Set.of("MOVS", "STOS"),
                    """
                            REP with 32-bit addresses in 64-bit code and ECX = 0 writes ECX, ESI and EDI as 32-bit registers, which \
                            clears their upper halves; AMD writes nothing. Observed; the manuals do not say.""",
                    c -> clearsUpperHalves(c, RCX, RSI, RDI)),
            new Difference(INTEL, Set.of("CMPS", "LODS", "SCAS"), """
                    The same, but for ECX only.""",
                    c -> clearsUpperHalves(c, RCX)),
            new Difference(INTEL, Set.of("PUSH_ES", "PUSH_CS", "PUSH_SS", "PUSH_DS", "PUSH_FS", "PUSH_GS"),
                    """
                            A selector pushed with 32-bit operand size is written as 16 bits, and the upper half of its place on the \
                            stack stays; AMD pushes it zero-extended. SDM volume 2, PUSH, allows both.""",
                    VendorDifferences::keepsUpperSelector),
            new Difference(INTEL, Set.of("DPPS", "DPPD", "VDPPS", "VDPPD"),
                    """
                            Each lane adds its own products first, so the NaN that wins is another one in each when there are several; \
                            SDM volume 2, DPPS, and AMD have one sum for all lanes. Observed.""",
                    c -> DotProducts.of(c.pages, c.encoding, c.before).leaveOutNans(c.host, c.model)),
            new Difference(INTEL, Set.of("FSCALE", "FPREM", "FPREM1", "FSIN", "FSINCOS", "FPTAN"),
                    """
                            ST(0) stays what it is, and so no underflow is found, see OPERAND_KEPT. Observed; the manuals do not say.""",
                    VendorDifferences::keepsTop));

    /** A condition on the control word, ST(0) and ST(1). */
    @FunctionalInterface
    private interface X87Condition {
        boolean holds(int control, long s0, int e0, long s1, int e1);
    }

    /**
     * Where Intel's processors return ST(0) as it is without noticing an underflow. Multiplied by 1, or divided by infinity, a
     * denormal is not even normalised when underflow is unmasked; and sine and tangent of a small number are that number, where
     * ours is a little smaller or larger and so may be zero, denormal or normal where the operand is not.
     */
    private static final Map<String, X87Condition> OPERAND_KEPT = Map.ofEntries(
            entry("FSCALE", (control, s0, e0, s1, e1) -> unmaskedDenormal(control, s0, e0) && s1 == 0),
            entry("FPREM", (control, s0, e0, s1, e1) -> unmaskedDenormal(control, s0, e0) && isInfinity(s1, e1)),
            entry("FPREM1", (control, s0, e0, s1, e1) -> unmaskedDenormal(control, s0, e0) && isInfinity(s1, e1)),
            entry("FSIN", (control, s0, e0, s1, e1) -> isLastOfItsKind(s0, e0)),
            entry("FSINCOS", (control, s0, e0, s1, e1) -> isLastOfItsKind(s0, e0)),
            entry("FPTAN", (control, s0, e0, s1, e1) -> isLastOfItsKind(s0, e0)));

    private final List<Difference> here;
    private final HostPages pages;

    /** Those of this host, for cases in these pages. */
    VendorDifferences(HostPages pages) {
        this.pages = pages;
        HostVendor vendor = HostVendor.current();
        here = ALL.stream().filter(difference -> difference.vendor == vendor).toList();
    }

    /** Changes the host's result of a case to the model's where the two are known to differ. */
    void settle(Encoding encoding, CpuState before, CpuState host, CpuState model) {
        for (Difference difference : here) {
            if (difference.concerns(encoding.instruction().row)) {
                difference.settlement.settle(new Case(pages, encoding, before, host, model));
            }
        }
    }

    /**
     * Whether this host's processor is one that leaves ST(0) as it is in such a case, and has done so: what is in it then is
     * not to be compared, nor is {@link #UNDERFLOW} unless the host noticed one.
     *
     * @param mnemonic the instruction
     */
    public static boolean keptOperand(
            String mnemonic, int control, long s0, int e0, long s1, int e1, long result, int resultExponent) {
        X87Condition condition = OPERAND_KEPT.get(mnemonic);
        if (condition == null || HostVendor.current() != INTEL || !condition.holds(control, s0, e0, s1, e1)) {
            return false;
        }
        int normal = s0 < 0 && (e0 & EXPONENT) == 0 ? e0 | 1 : e0;
        return result == s0 && resultExponent == normal;
    }

    /** The host's status word after a kept operand: it may have missed an underflow, but not found another. */
    public static int settledStatus(int host, int model) {
        return (host & X87Bits.UE) != 0 ? host : host & ~UNDERFLOW | model & UNDERFLOW;
    }

    private static void clearsUpperHalves(Case c, int... registers) {
        Instruction i = c.instruction();
        if (i.repeated() && i.addressSize == 4 && (int) c.before.gpr[RCX] == 0) {
            for (int register : registers) {
                if (c.host.gpr[register] == (c.before.gpr[register] & LOW)) {
                    c.host.gpr[register] = c.model.gpr[register];
                }
            }
        }
    }

    private static void keepsUpperSelector(Case c) {
        if (c.instruction().operandSize != 4) {
            return;
        }
        int upper = (int) (c.before.gpr[RSP] - StateMaker.stackWindow(c.pages)) - SELECTOR_BYTES;
        for (int at = upper; at < upper + SELECTOR_BYTES; at++) {
            if (c.host.stack[at] == c.before.stack[at]) {
                c.host.stack[at] = c.model.stack[at];
            }
        }
    }

    private static void keepsTop(Case c) {
        int p = c.before.x87Status >> X87Bits.TOP_SHIFT & 7;
        int next = p + 1 & 7;
        long s0 = c.before.mmx[p];
        int e0 = c.before.exponents[p];
        boolean kept = keptOperand(
                c.instruction().row.mnemonic(), c.before.x87Control, s0, e0, c.before.mmx[next],
                c.before.exponents[next], c.host.mmx[p], c.host.exponents[p]);
        if (kept) {
            c.host.mmx[p] = c.model.mmx[p];
            c.host.exponents[p] = c.model.exponents[p];
            c.host.x87Status = settledStatus(c.host.x87Status, c.model.x87Status);
        }
    }

    /** A denormal in the strict sense, and underflow unmasked. */
    private static boolean unmaskedDenormal(int control, long s, int e) {
        return (control & X87Bits.UE) == 0 && (e & EXPONENT) == 0 && s > 0;
    }

    private static boolean isInfinity(long s, int e) {
        return (e & EXPONENT) == EXPONENT && s == INTEGER_BIT;
    }

    /** The smallest or largest denormal, or the smallest normal number in either of its encodings. */
    private static boolean isLastOfItsKind(long s, int e) {
        int exponent = e & EXPONENT;
        return exponent == 0 && (s == 1 || s == Long.MAX_VALUE) || exponent <= 1 && s == INTEGER_BIT;
    }
}
