package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.sse.Aes;
import org.retrovisor.monitor.sse.Sha;

/** AES-NI, PCLMULQDQ and SHA. */
final class Cryptography {
    private Cryptography() {}

    static void bind(SemanticsTable t) {
        Forms.wide(t, "AESENC_Vx_Wx", Aes::encrypt);
        Forms.wide(t, "AESENCLAST_Vx_Wx", Aes::encryptLast);
        Forms.wide(t, "AESDEC_Vx_Wx", Aes::decrypt);
        Forms.wide(t, "AESDECLAST_Vx_Wx", Aes::decryptLast);
        Forms.wide(t, "AESIMC_Vx_Wx", Aes::inverseMix);
        Forms.wideImmediate(t, "AESKEYGENASSIST_Vx_Wx_Ib", Aes::keyAssist);
        Forms.wideImmediate(t, "PCLMULQDQ_Vx_Wx_Ib", Cryptography::multiplyWithoutCarry);
        Forms.wideImmediate(t, "SHA1RNDS4_Vx_Wx_Ib", Sha::sha1Rounds);
        Forms.wide(t, "SHA1NEXTE_Vx_Wx", Sha::sha1NextE);
        Forms.wide(t, "SHA1MSG1_Vx_Wx", Sha::sha1Message1);
        Forms.wide(t, "SHA1MSG2_Vx_Wx", Sha::sha1Message2);
        Forms.wide(t, "SHA256RNDS2_Vx_Wx_XMM0", (x, d, low, high) -> Sha.sha256Rounds(x, d, low, high, x[0]));
        Forms.wide(t, "SHA256MSG1_Vx_Wx", Sha::sha256Message1);
        Forms.wide(t, "SHA256MSG2_Vx_Wx", Sha::sha256Message2);
    }

    /** The product of one half each, as polynomials over the field of two elements. */
    private static void multiplyWithoutCarry(long[] x, int d, long low, long high, int halves) {
        long a = (halves & 1) == 0 ? x[d] : x[d + 1];
        long b = (halves & 0x10) == 0 ? low : high;
        long productLow = 0;
        long productHigh = 0;
        for (int bit = 0; bit < 64; bit++) {
            long mask = -(b >>> bit & 1);
            productLow ^= a << bit & mask;
            productHigh ^= bit == 0 ? 0 : a >>> 64 - bit & mask;
        }
        x[d] = productLow;
        x[d + 1] = productHigh;
    }
}
