package org.retrovisor.monitor.oracle;

import java.util.Set;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.processor.Flags;

/**
 * What the manuals leave undefined at the end of a sequence, flags and condition codes of the x87 unit: what an instruction
 * leaves undefined stays so until another one defines it. Once one reads what is undefined, nothing can be told any more.
 */
final class LeftOpen {
    /** They set all four condition codes. */
    private static final Set<String> X87_COMPARISONS = Set.of("FCOM", "FCOMP", "FCOMPP", "FUCOM", "FUCOMP", "FUCOMPP",
            "FICOM", "FICOMP", "FTST", "FXAM", "FPREM", "FPREM1");
    /** The flags that condition code n and n + 1 look at, n being even. */
    private static final int[] CONDITIONS = {Flags.OF, Flags.CF, Flags.ZF, Flags.CF | Flags.ZF, Flags.SF, Flags.PF,
        Flags.SF | Flags.OF, Flags.SF | Flags.OF | Flags.ZF};

    private int flags;
    private int x87Status;
    private boolean known = true;

    /** Follows a sequence to its end. */
    static LeftOpen of(Trail trail) {
        LeftOpen open = new LeftOpen();
        for (int n = 0; n < trail.length(); n++) {
            open.execute(trail.executed(n), trail.state(n));
        }
        return open;
    }

    /** Whether only flags and condition codes are open, not results. */
    boolean isKnown() {
        return known;
    }

    /** The flags that are undefined at the end. */
    int flags() {
        return flags;
    }

    /** How closely x87 state must agree at the end. */
    X87Tolerance tolerance() {
        return new X87Tolerance(X87Tolerance.EXACT.statusMask() & ~x87Status, 0);
    }

    private void execute(Encoding encoding, CpuState before) {
        Row row = encoding.instruction().row;
        boolean readsUndefined = (read(row) & flags) != 0
                || x87Status != 0 && row.mnemonic().equals("FNSTSW");
        known &= !readsUndefined && !UndefinedFlags.evenTheResult(encoding, before);
        int undefined = UndefinedFlags.of(encoding, before);
        if (keepsFlags(encoding, before)) {
            flags |= undefined;
        } else {
            flags = flags & ~UndefinedFlags.mask(row.written()) | undefined;
        }
        if (X87_COMPARISONS.contains(row.mnemonic())) {
            x87Status = 0;
        } else if (X87Tolerance.isX87(row)) {
            x87Status |= X87Tolerance.EXACT.statusMask() & ~X87Tolerance.of(row).statusMask();
        }
    }

    /** Whether it wrote no flag: its count was zero, or may have been. */
    private static boolean keepsFlags(Encoding encoding, CpuState before) {
        Instruction i = encoding.instruction();
        boolean string = i.row.operands().stream().anyMatch(o -> o.place() == 'X' || o.place() == 'Y');
        return string && i.repeated() || UndefinedFlags.shiftsByZero(encoding, before);
    }

    /** The flags that an instruction looks at. */
    private static int read(Row row) {
        int condition = CONDITIONS[(row.opcode() & 15) >> 1];
        if (row.map() == 0 && row.opcode() >> 4 == 7
                || row.map() == 1 && (row.mnemonic().startsWith("CMOV") || row.mnemonic().startsWith("SET"))) {
            return condition;
        }
        return switch (row.mnemonic()) {
            case "ADC", "SBB", "RCL", "RCR", "CMC", "ADCX", "SALC", "FCMOVB", "FCMOVNB" -> Flags.CF;
            case "DAA", "DAS" -> Flags.CF | Flags.AF;
            case "AAA", "AAS" -> Flags.AF;
            case "ADOX" -> Flags.OF;
            case "FCMOVE", "FCMOVNE" -> Flags.ZF;
            case "FCMOVBE", "FCMOVNBE" -> Flags.CF | Flags.ZF;
            case "FCMOVU", "FCMOVNU" -> Flags.PF;
            case "LAHF" -> Flags.STATUS & ~Flags.OF;
            case "PUSHF" -> Flags.STATUS;
            default -> 0;
        };
    }
}
