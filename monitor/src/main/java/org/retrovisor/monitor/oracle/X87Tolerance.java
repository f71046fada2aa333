package org.retrovisor.monitor.oracle;

import java.util.Map;
import java.util.Set;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.x87.X87Bits;

/**
 * How closely x87 state must agree after an instruction: everything to the bit, but for condition codes that the manual
 * leaves undefined, and the last place of transcendental functions.
 *
 * @param statusMask the bits of the status word that must agree
 * @param ulps how far results may be apart, in units of the last place
 */
record X87Tolerance(int statusMask, int ulps) {
    private static final int ALL = 0xFFFF;
    /** Outside comparisons only C1 is defined. */
    private static final int C1_ONLY = ALL & ~(X87Bits.C0 | X87Bits.C2 | X87Bits.C3);
    /** The manual says C1 is cleared or undefined here; makers differ. */
    private static final int NO_CONDITIONS = C1_ONLY & ~X87Bits.C1;

    static final X87Tolerance EXACT = new X87Tolerance(ALL, 0);
    private static final X87Tolerance USUAL = new X87Tolerance(C1_ONLY, 0);
    private static final X87Tolerance WITHOUT_C1 = new X87Tolerance(NO_CONDITIONS, 0);
    private static final X87Tolerance TRIGONOMETRIC = new X87Tolerance(NO_CONDITIONS | X87Bits.C2, 1);
    private static final X87Tolerance LOGARITHMIC = new X87Tolerance(NO_CONDITIONS, 1);

    private static final Set<String> COMPARISONS = Set.of(
            "FCOM", "FCOMP", "FCOMPP", "FUCOM", "FUCOMP", "FUCOMPP", "FICOM", "FICOMP", "FTST", "FXAM", "FPREM",
            "FPREM1",
            "FNOP", "FWAIT", "FNENI", "FNDISI", "FNSETPM", "FLDENV", "FRSTOR");
    private static final Map<String, X87Tolerance> SPECIAL = Map.ofEntries(
            Map.entry("FSIN", TRIGONOMETRIC),
            Map.entry("FCOS", TRIGONOMETRIC),
            Map.entry("FSINCOS", TRIGONOMETRIC),
            Map.entry("FPTAN", TRIGONOMETRIC),
            Map.entry("FPATAN", LOGARITHMIC),
            Map.entry("F2XM1", LOGARITHMIC),
            Map.entry("FYL2X", LOGARITHMIC),
            Map.entry("FYL2XP1", LOGARITHMIC),
            Map.entry("FFREE", WITHOUT_C1),
            Map.entry("FFREEP", WITHOUT_C1));

    /** Whether the row is one of the floating-point unit. */
    static boolean isX87(Row row) {
        return row.map() == 0 && (row.opcode() >= 0xD8 && row.opcode() <= 0xDF || row.opcode() == 0x9B);
    }

    static X87Tolerance of(Row row) {
        String mnemonic = row.mnemonic();
        if (!isX87(row) || COMPARISONS.contains(mnemonic)) {
            return EXACT;
        }
        boolean flags = mnemonic.startsWith("FCMOV") || mnemonic.startsWith("FCOMI") || mnemonic.startsWith("FUCOMI");
        return flags ? WITHOUT_C1 : SPECIAL.getOrDefault(mnemonic, USUAL);
    }

    /** Whether the contents of a register are near enough to the host's. */
    boolean accepts(long hostSignificand, int hostExponent, long significand, int exponent) {
        if (hostSignificand == significand && hostExponent == exponent) {
            return true;
        }
        long distance = ordinal(hostSignificand, hostExponent) - ordinal(significand, exponent);
        return Math.abs(distance) <= ulps && Math.abs(hostExponent - exponent) <= 1;
    }

    /** Numbers the encodings of close exponents without a gap between one binade and the next. */
    private static long ordinal(long significand, int exponent) {
        return ((long) exponent << 63) + (significand & Long.MAX_VALUE);
    }
}
