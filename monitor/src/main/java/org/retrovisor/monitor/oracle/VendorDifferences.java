package org.retrovisor.monitor.oracle;

import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.x87.X87Bits;

import static org.retrovisor.monitor.oracle.HostVendor.INTEL;

/**
 * Where processors of one maker do something else than the model, which had to choose: the whole list, with the reasons. On
 * such a host, and only in the states that an entry names, the part of the host's result that is known to differ gives way to
 * the model's; but only when it is what that maker's processors are known to put there. Everything else is compared.
 *
 * <p>What all makers leave undefined is in {@link UndefinedFlags} and {@link X87Tolerance}.
 */
final class VendorDifferences {
    private static final int RCX = 1;
    private static final int RSP = 4;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final long LOW = 0xFFFF_FFFFL;
    private static final int SELECTOR_BYTES = 2;

    /** The list. Each is of a maker, with names or mnemonics of rows. */
    private enum Difference {
        /**
         * REP with 32-bit addresses in 64-bit code and ECX = 0: written as 32-bit registers, ECX, ESI and EDI lose their upper
         * halves; AMD writes nothing. Observed; the manuals do not say.
         */
        COPIES_OF_NOTHING(INTEL, VendorDifferences::isNarrowRepeat, c -> clearsUpperHalves(c, RCX, RSI, RDI), "MOVS",
                "STOS"),
        /** The same, but of RCX only. */
        SEARCHES_OF_NOTHING(INTEL, VendorDifferences::isNarrowRepeat, c -> clearsUpperHalves(c, RCX), "CMPS", "LODS",
                "SCAS"),
        /**
         * A selector pushed with 32-bit operand size is written as 16 bits, and the upper half of its place stays; AMD writes
         * zeros. SDM volume 2, PUSH: either is possible.
         */
        SELECTORS_PUSHED(INTEL, (i, code) -> i.operandSize == 4, VendorDifferences::keepsUpperHalf,
                "PUSH_ES", "PUSH_CS", "PUSH_SS", "PUSH_DS", "PUSH_FS", "PUSH_GS"),
        /**
         * Each lane adds its own products first, so that of several NaNs lanes may get different ones; AMD has one sum for all
         * lanes, as has SDM volume 2, DPPS. Observed.
         */
        NANS_OF_DOT_PRODUCTS(INTEL, (i, code) -> true,
                c -> DotProducts.of(c.pages, c.encoding, c.before).leaveOutNans(c.host, c.model),
                "DPPS", "DPPD", "VDPPS", "VDPPD"),
        /** ST(0) is returned as it is where AMD computes, see {@link KeptOperand}. Observed; the manuals do not say. */
        OPERANDS_KEPT(INTEL, (i, code) -> true, VendorDifferences::keepsTop,
                "FSCALE", "FPREM", "FPREM1", "FSIN", "FSINCOS", "FPTAN");

        private final HostVendor vendor;
        private final BiPredicate<Instruction, CodeSize> in;
        private final Set<String> rows;
        private final Settlement settlement;

        /** Of instructions of these rows that pass the test. */
        Difference(HostVendor vendor, BiPredicate<Instruction, CodeSize> in, Settlement settlement, String... rows) {
            this.vendor = vendor;
            this.in = in;
            this.rows = Set.of(rows);
            this.settlement = settlement;
        }

        boolean concerns(Row row) {
            return rows.contains(row.name()) || rows.contains(row.mnemonic());
        }
    }

    /** Gives the model's word to the part of the host's result that is known to differ. */
    @FunctionalInterface
    private interface Settlement {
        void settle(Case c);
    }

    /** One case: its state before, and the results of host and model. */
    private record Case(HostPages pages, Encoding encoding, CpuState before, CpuState host, CpuState model) {
        Instruction instruction() {
            return encoding.instruction();
        }
    }

    private final List<Difference> here;
    private final HostPages pages;

    /** Those of this host, for cases in these pages. */
    VendorDifferences(HostPages pages) {
        this(pages, HostVendor.current());
    }

    VendorDifferences(HostPages pages, HostVendor vendor) {
        this.pages = pages;
        here = Stream.of(Difference.values()).filter(difference -> difference.vendor == vendor).toList();
    }

    /** Whether makers differ in some state of a row. */
    static boolean concern(Row row) {
        return Stream.of(Difference.values()).anyMatch(difference -> difference.concerns(row));
    }

    /** Whether this host may differ from the model in some state of an instruction. */
    boolean concernHere(Encoding encoding, CodeSize codeSize) {
        Instruction i = encoding.instruction();
        return here.stream().anyMatch(difference -> difference.concerns(i.row) && difference.in.test(i, codeSize));
    }

    /** Changes the host's result of a case to the model's where the two are known to differ. */
    void settle(Encoding encoding, CodeSize codeSize, CpuState before, CpuState host, CpuState model) {
        Instruction i = encoding.instruction();
        for (Difference difference : here) {
            if (difference.concerns(i.row) && difference.in.test(i, codeSize)) {
                difference.settlement.settle(new Case(pages, encoding, before, host, model));
            }
        }
    }

    /** In 32-bit code there are no upper halves. */
    private static boolean isNarrowRepeat(Instruction i, CodeSize codeSize) {
        return i.repeated() && i.addressSize == 4 && codeSize == CodeSize.BITS_64;
    }

    private static void clearsUpperHalves(Case c, int... registers) {
        if ((int) c.before.gpr[RCX] == 0) {
            for (int register : registers) {
                if (c.host.gpr[register] == (c.before.gpr[register] & LOW)) {
                    c.host.gpr[register] = c.model.gpr[register];
                }
            }
        }
    }

    private static void keepsUpperHalf(Case c) {
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
        KeptOperand operand = new KeptOperand(
                c.before.x87Control, c.before.mmx[p], c.before.exponents[p], c.before.mmx[next],
                c.before.exponents[next]);
        String mnemonic = c.instruction().row.mnemonic();
        if (operand.mayBeKeptBy(mnemonic) && operand.isIn(c.host.mmx[p], c.host.exponents[p])) {
            c.host.mmx[p] = c.model.mmx[p];
            c.host.exponents[p] = c.model.exponents[p];
            c.host.x87Status = KeptOperand.settledStatus(c.host.x87Status, c.model.x87Status);
        }
    }
}
