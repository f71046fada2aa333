package org.retrovisor.monitor.x87;

/** Constants that an instruction loads, named as in its mnemonic. */
public enum X87Constant {
    /** +1.0. */
    FLD1(Wide.ONE),
    /** log2(10). */
    FLDL2T(WideConstants.LOG2_10),
    /** log2(e). */
    FLDL2E(WideConstants.LOG2_E), FLDPI(WideConstants.PI),
    /** log10(2). */
    FLDLG2(WideConstants.LOG10_2),
    /** ln(2). */
    FLDLN2(WideConstants.LN2),
    /** +0.0. */
    FLDZ(Wide.ZERO);

    final Wide value;

    X87Constant(Wide value) {
        this.value = value;
    }
}
