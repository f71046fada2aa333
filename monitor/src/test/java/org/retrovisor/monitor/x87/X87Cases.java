package org.retrovisor.monitor.x87;

import java.util.ArrayList;
import java.util.List;
import org.retrovisor.monitor.x87.X87Case.Source;

import static org.retrovisor.monitor.x87.X87Case.ALL;
import static org.retrovisor.monitor.x87.X87Case.DEFINED;

/** Every instruction of the unit that computes, as cases for the host comparison. */
final class X87Cases {
    private static final String[] NAMES = {"ADD", "MUL", "COM", "COMP", "SUB", "SUBR", "DIV", "DIVR"};
    private static final int EFLAGS_WRITTEN = 0x8D5;

    /** The manual says C1 is cleared or undefined here; makers differ. */
    private static final int NO_C1 = DEFINED & ~X87Bits.C1;

    private final List<X87Case> cases = new ArrayList<>();

    static List<X87Case> all() {
        X87Cases c = new X87Cases();
        for (int digit : new int[]{0, 1, 4, 5, 6, 7}) {
            c.arithmetic(digit);
        }
        c.comparisons(0);
        c.comparisons(1);
        c.loads();
        c.stores();
        c.stack();
        c.control();
        c.aliases();
        c.functions();
        c.transcendentals();
        c.constants();
        return c.cases;
    }

    private void add(String name, int mask, HostComparison.Model model, int... bytes) {
        cases.add(X87Case.of(name, mask, model, bytes));
    }

    private void add(String name, Source source, int mask, HostComparison.Model model, int... bytes) {
        cases.add(X87Case.of(name, source, mask, model, bytes));
    }

    private void arithmetic(int digit) {
        String name = NAMES[digit];
        int modrm = digit << 3;
        // With ST(i) as destination, the digits of SUB and SUBR, and of DIV and DIVR, change places.
        int reversed = digit < 4 ? digit : digit ^ 1;
        add("F" + name + " ST0,ST2", DEFINED, c -> c.unit.arithmetic(digit, 0, 2, false), 0xD8, 0xC2 | modrm);
        add("F" + NAMES[reversed] + " ST2,ST0", DEFINED, c -> c.unit.arithmetic(reversed, 2, 0, false), 0xDC,
                0xC2 | modrm);
        add("F" + NAMES[reversed] + "P ST1,ST0", DEFINED, c -> c.unit.arithmetic(reversed, 1, 0, true), 0xDE,
                0xC1 | modrm);
        add("F" + name + " m32", Source.FLOAT32, DEFINED, c -> c.unit.arithmeticFloat32(digit, (int) c.operandLow),
                0xD8, 6 | modrm);
        add("F" + name + " m64", Source.FLOAT64, DEFINED, c -> c.unit.arithmeticFloat64(digit, c.operandLow), 0xDC,
                6 | modrm);
        add("FI" + name + " m32", DEFINED, c -> c.unit.arithmeticInteger(digit, (int) c.operandLow), 0xDA, 6 | modrm);
        add("FI" + name + " m16", DEFINED, c -> c.unit.arithmeticInteger(digit, (short) c.operandLow), 0xDE,
                6 | modrm);
    }

    private void comparisons(int pops) {
        String p = pops == 0 ? "" : "P";
        int digit = 8 * pops;
        add("FCOM" + p + " ST2", ALL, c -> c.unit.compare(2, false, pops), 0xD8, 0xD2 + digit);
        add("FUCOM" + p + " ST2", ALL, c -> c.unit.compare(2, true, pops), 0xDD, 0xE2 + digit);
        add("FCOM" + p + " m32", Source.FLOAT32, ALL, c -> c.unit.compareFloat32((int) c.operandLow, pops), 0xD8,
                0x16 + digit);
        add("FCOM" + p + " m64", Source.FLOAT64, ALL, c -> c.unit.compareFloat64(c.operandLow, pops), 0xDC,
                0x16 + digit);
        add("FICOM" + p + " m32", ALL, c -> c.unit.compareInteger((int) c.operandLow, pops), 0xDA, 0x16 + digit);
        add("FICOM" + p + " m16", ALL, c -> c.unit.compareInteger((short) c.operandLow, pops), 0xDE, 0x16 + digit);
        int opcode = pops == 0 ? 0xDB : 0xDF;
        add("FCOMI" + p, NO_C1, c -> flags(c, c.unit.compareToFlags(2, false, pops != 0)), opcode, 0xF2);
        add("FUCOMI" + p, NO_C1, c -> flags(c, c.unit.compareToFlags(2, true, pops != 0)), opcode, 0xEA);
        if (pops != 0) {
            add("FCOMPP", ALL, c -> c.unit.compare(1, false, 2), 0xDE, 0xD9);
            add("FUCOMPP", ALL, c -> c.unit.compare(1, true, 2), 0xDA, 0xE9);
            add("FTST", ALL, c -> c.unit.test(), 0xD9, 0xE4);
            add("FXAM", ALL, c -> c.unit.examine(), 0xD9, 0xE5);
        }
    }

    private static void flags(HostComparison c, int flags) {
        c.flags = c.flags & ~EFLAGS_WRITTEN | flags;
    }

    private void loads() {
        add("FLD m32", Source.FLOAT32, DEFINED, c -> c.unit.transfer().loadFloat32((int) c.operandLow), 0xD9, 0x06);
        add("FLD m64", Source.FLOAT64, DEFINED, c -> c.unit.transfer().loadFloat64(c.operandLow), 0xDD, 0x06);
        add("FLD m80", DEFINED, c -> c.unit.transfer().loadExtended(c.operandLow, c.operandHigh), 0xDB, 0x2E);
        add("FLD ST2", DEFINED, c -> c.unit.transfer().loadRegister(2), 0xD9, 0xC2);
        add("FILD m16", DEFINED, c -> c.unit.transfer().loadInteger((short) c.operandLow), 0xDF, 0x06);
        add("FILD m32", DEFINED, c -> c.unit.transfer().loadInteger((int) c.operandLow), 0xDB, 0x06);
        add("FILD m64", DEFINED, c -> c.unit.transfer().loadInteger(c.operandLow), 0xDF, 0x2E);
        add("FBLD", DEFINED, c -> c.unit.transfer().loadPackedDecimal(c.operandLow, c.operandHigh), 0xDF, 0x26);
    }

    private void stores() {
        for (int p = 0; p < 2; p++) {
            boolean pop = p != 0;
            String name = pop ? "P" : "";
            int modrm = 0x16 + 8 * p;
            add("FST" + name + " m32", DEFINED, c -> store(c, c.unit.transfer().prepareFloat32(), 32, pop), 0xD9,
                    modrm);
            add("FST" + name + " m64", DEFINED, c -> store(c, c.unit.transfer().prepareFloat64(), 64, pop), 0xDD,
                    modrm);
            add("FIST" + name + " m16", DEFINED, c -> store(c, c.unit.transfer().prepareInteger(16), 16, pop), 0xDF,
                    modrm);
            add("FIST" + name + " m32", DEFINED, c -> store(c, c.unit.transfer().prepareInteger(32), 32, pop), 0xDB,
                    modrm);
            add("FST" + name + " ST2", DEFINED, c -> c.unit.transfer().storeRegister(2, pop), 0xDD, 0xD2 + 8 * p);
        }
        add("FISTP m64", DEFINED, c -> store(c, c.unit.transfer().prepareInteger(64), 64, true), 0xDF, 0x3E);
        add("FISTTP m16", DEFINED, c -> store(c, c.unit.transfer().prepareTruncated(16), 16, true), 0xDF, 0x0E);
        add("FISTTP m32", DEFINED, c -> store(c, c.unit.transfer().prepareTruncated(32), 32, true), 0xDB, 0x0E);
        add("FISTTP m64", DEFINED, c -> store(c, c.unit.transfer().prepareTruncated(64), 64, true), 0xDD, 0x0E);
        add("FSTP m80", DEFINED, c -> store(c, c.unit.transfer().prepareExtended(), 80, true), 0xDB, 0x3E);
        add("FBSTP", DEFINED, c -> store(c, c.unit.transfer().preparePackedDecimal(), 80, true), 0xDF, 0x36);
    }

    /** What the processor does around a store. */
    private static void store(HostComparison c, boolean writes, int bits, boolean pop) {
        X87Transfer t = c.unit.transfer();
        if (writes) {
            long mask = bits >= 64 ? -1L : (1L << bits) - 1;
            c.operandLow = c.operandLow & ~mask | t.value() & mask;
            c.operandHigh = bits == 80 ? t.valueHigh() : c.operandHigh;
        }
        t.complete(pop);
    }

    private void stack() {
        add("FXCH", DEFINED, c -> c.unit.exchange(2), 0xD9, 0xCA);
        add("FFREE", NO_C1, c -> c.unit.free(2, false), 0xDD, 0xC2);
        add("FFREEP", NO_C1, c -> c.unit.free(2, true), 0xDF, 0xC2);
        add("FINCSTP", DEFINED, c -> c.unit.rotate(1), 0xD9, 0xF7);
        add("FDECSTP", DEFINED, c -> c.unit.rotate(-1), 0xD9, 0xF6);
        conditionalMoves();
        add("FNCLEX", DEFINED, c -> c.state.clearExceptions(), 0xDB, 0xE2);
        add("FNINIT", DEFINED, c -> c.state.initialize(), 0xDB, 0xE3);
        add("FLDCW", DEFINED, c -> c.state.setControl((int) c.operandLow & 0xFFFF), 0xD9, 0x2E);
    }

    private void conditionalMoves() {
        int[] masks = {X87Unit.CF, X87Unit.ZF, X87Unit.CF | X87Unit.ZF, X87Unit.PF};
        String[] names = {"B", "E", "BE", "U"};
        for (int n = 0; n < masks.length; n++) {
            int mask = masks[n];
            add("FCMOV" + names[n], NO_C1, c -> c.unit.conditionalMove((c.flags & mask) != 0, 2), 0xDA, 0xC2 + 8 * n);
            add("FCMOVN" + names[n], NO_C1, c -> c.unit.conditionalMove((c.flags & mask) == 0, 2), 0xDB,
                    0xC2 + 8 * n);
        }
    }

    private void control() {
        add("FNSTCW", DEFINED, c -> low16(c, c.state.control()), 0xD9, 0x3E);
        add("FNSTSW m16", DEFINED, c -> low16(c, c.state.status()), 0xDD, 0x3E);
        add("FNSTSW AX", DEFINED, c -> c.rax = c.state.status(), 0xDF, 0xE0);
        add("FNOP", ALL, c -> {}, 0xD9, 0xD0);
        add("FWAIT", ALL, c -> {}, 0x9B);
        add("FNENI", ALL, c -> {}, 0xDB, 0xE0);
        add("FNDISI", ALL, c -> {}, 0xDB, 0xE1);
        add("FNSETPM", ALL, c -> {}, 0xDB, 0xE4);
    }

    private static void low16(HostComparison c, int value) {
        c.operandLow = c.operandLow & ~0xFFFFL | value;
    }

    /** Encodings that the manual does not list, but processors know. */
    private void aliases() {
        add("FCOM DC", ALL, c -> c.unit.compare(2, false, 0), 0xDC, 0xD2);
        add("FCOMP DC", ALL, c -> c.unit.compare(2, false, 1), 0xDC, 0xDA);
        add("FCOMP DE", ALL, c -> c.unit.compare(2, false, 1), 0xDE, 0xD2);
        add("FXCH DD", DEFINED, c -> c.unit.exchange(2), 0xDD, 0xCA);
        add("FXCH DF", DEFINED, c -> c.unit.exchange(2), 0xDF, 0xCA);
        add("FSTPNCE", DEFINED, c -> c.unit.transfer().storeRegisterUnchecked(2), 0xD9, 0xDA);
        add("FSTP DF D0", DEFINED, c -> c.unit.transfer().storeRegister(2, true), 0xDF, 0xD2);
        add("FSTP DF D8", DEFINED, c -> c.unit.transfer().storeRegister(2, true), 0xDF, 0xDA);
    }

    private void functions() {
        add("FCHS", DEFINED, c -> c.unit.functions().changeSign(), 0xD9, 0xE0);
        add("FABS", DEFINED, c -> c.unit.functions().absolute(), 0xD9, 0xE1);
        add("FSQRT", DEFINED, c -> c.unit.functions().squareRoot(), 0xD9, 0xFA);
        add("FRNDINT", DEFINED, c -> c.unit.functions().roundToInteger(), 0xD9, 0xFC);
        add("FSCALE", DEFINED, c -> c.unit.functions().scale(), 0xD9, 0xFD);
        add("FXTRACT", DEFINED, c -> c.unit.functions().extract(), 0xD9, 0xF4);
        add("FPREM", ALL, c -> c.unit.functions().remainder(), 0xD9, 0xF8);
        add("FPREM1", ALL, c -> c.unit.functions().remainderNearest(), 0xD9, 0xF5);
    }

    private void transcendentals() {
        int withC2 = NO_C1 | X87Bits.C2;
        near("FSIN", Source.ANY, withC2, c -> c.unit.transcendental().sine(), 0xFE);
        near("FCOS", Source.ANY, withC2, c -> c.unit.transcendental().cosine(), 0xFF);
        near("FSINCOS", Source.ANY, withC2, c -> c.unit.transcendental().sineAndCosine(), 0xFB);
        near("FPTAN", Source.ANY, withC2, c -> c.unit.transcendental().tangent(), 0xF2);
        near("FPATAN", Source.ANY, NO_C1, c -> c.unit.transcendental().arcTangent(), 0xF3);
        near("F2XM1", Source.ANY, NO_C1, c -> c.unit.transcendental().exponential(), 0xF0);
        near("FYL2X", Source.ANY, NO_C1, c -> c.unit.transcendental().logarithm(), 0xF1);
        near("FYL2XP1", Source.SMALL_ST0, NO_C1, c -> c.unit.transcendental().logarithmOfSum(), 0xF9);
    }

    private void near(String name, Source source, int mask, HostComparison.Model model, int second) {
        cases.add(new X87Case(name, source, mask, 1, model, 0xD9, second));
    }

    private void constants() {
        int second = 0xE8;
        for (X87Constant constant : X87Constant.values()) {
            add(constant.name(), DEFINED, c -> c.unit.transcendental().load(constant), 0xD9, second++);
        }
    }
}
