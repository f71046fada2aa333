package org.retrovisor.monitor.x87;

import java.util.function.Supplier;

/** Constants that an instruction loads, named as in its mnemonic. Those that take a while to compute are computed when one is loaded. */
public enum X87Constant {
    /** +1.0. */
    FLD1(() -> Wide.ONE),
    /** log2(10). */
    FLDL2T(() -> WideConstants.LOG2_10),
    /** log2(e). */
    FLDL2E(() -> WideConstants.LOG2_E), FLDPI(() -> WideConstants.PI),
    /** log10(2). */
    FLDLG2(() -> WideConstants.LOG10_2),
    /** ln(2). */
    FLDLN2(() -> WideConstants.LN2),
    /** +0.0. */
    FLDZ(() -> Wide.ZERO);

    private final Supplier<Wide> value;

    X87Constant(Supplier<Wide> value) {
        this.value = value;
    }

    Wide value() {
        return value.get();
    }
}
