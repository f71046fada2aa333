package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * DPPS and DPPD multiply, add pairs, and add the sums: an unmasked exception of one step comes before those of the next, as measured on an AMD
 * EPYC with a signal handler. Models before version 7 take all steps for one.
 */
class DotProductStepsTest {
    /** Lanes are 1.1, denormal products of 0D8CCCCD and 30800000, infinities; VDPPS has eight of them. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "products of all lanes in one step, 66 0f 3a 40 c1 f1, 1f00, 3f8ccccd 7f800000, 3f8ccccd 00000000, 1f01, 1f01",
        "sums of all pairs in one step, 66 0f 3a 40 c1 f1, 1f00, 3f800000 30800000 7f800000 ff800000, "
                + "3f800000 3f800000 3f800000 3f800000, 1f01, 1f01",
        "a product stops the sums, 66 0f 3a 40 c1 f1, 0f80, 0d8ccccd, 30800000, 0fb0, 0fb2",
        "even if their operands are denormal, 66 0f 3a 40 c1 f1, 0e80, 0d8ccccd, 30800000, 0eb0, 0e82",
        "products leave masked flags, 66 0f 3a 40 c1 f1, 1e80, 0d8ccccd, 30800000, 1eb2, 1e82",
        "an overflow stops the sum of infinities, 66 0f 3a 40 c1 f1, 1b00, 7149f2ca 7149f2ca, 7149f2ca f149f2ca, 1b28, 1b01",
        "sums of pairs leave masked flags for the last, c4 e3 7d 40 c1 ff, 1f00, "
                + "3f800000 30800000 0 0 7f800000 0 ff800000 0, 3f800000 3f800000 0 0 3f800000 0 3f800000 0, 1f21, 1f01",
        "sums of pairs stop the last, c4 e3 7d 40 c1 ff, 0f80, "
                + "3f800000 30800000 0 0 7f800000 0 ff800000 0, 3f800000 3f800000 0 0 3f800000 0 3f800000 0, 0fa0, 0fa1",
        "products of both halves in one step, c4 e3 7d 40 c1 ff, 1f00, "
                + "3f8ccccd 0 0 0 7f800000, 3f8ccccd 0 0 0 0, 1f01, 1f01",
        "products of one half come before sums of the other, c4 e3 7d 40 c1 ff, 1f00, "
                + "7f800000 ff800000 0 0 3f8ccccd, 3f800000 3f800000 0 0 3f8ccccd, 1f21, 1f01",
        "two doubles, 66 0f 3a 41 c1 31, 1e80, 9999999a 3ff19999 0 00100000, 9999999a 3ff19999 0 3fa00000, 1ea2, 1e82",
        "a product of doubles, 66 0f 3a 41 c1 31, 0e80, 9999999a 3ff19999 0 00100000, 9999999a 3ff19999 0 3fa00000, "
                + "0ea0, 0e82",
    })
    void eachStepRaisesItsOwnExceptions(String name, String instruction, String before, String a, String b,
            String after,
            String afterOfVersion6) {
        assertEquals(after, mxcsrOf(7, instruction, before, a, b), name);
        assertEquals(afterOfVersion6, mxcsrOf(6, instruction, before, a, b), name);
    }

    private static String mxcsrOf(int version, String instruction, String mxcsr, String a, String b) {
        try (TinyGuest guest = TinyGuest.long64(CpuModel.V3, version)) {
            guest.cpu.cr4 |= Control.CR4_OSFXSR | Control.CR4_OSXSAVE | Control.CR4_OSXMMEXCPT;
            guest.cpu.xcr0 = 7;
            guest.cpu.mxcsr = Integer.parseInt(mxcsr, 16);
            set(guest, 0, a.split(" "));
            set(guest, 1, b.split(" "));
            guest.run(instruction).expectVector(Vector.XM);
            return "%04x".formatted(guest.cpu.mxcsr);
        }
    }

    /** Words of 32 bits from the lowest on; the fifth is the first of the upper half. */
    private static void set(TinyGuest guest, int register, String[] words) {
        for (int n = 0; n < words.length; n++) {
            long[] half = n < 4 ? guest.cpu.xmm : guest.cpu.ymm;
            half[2 * register + (n >> 1 & 1)] |= Long.parseLong(words[n], 16) << 32 * (n & 1);
        }
    }
}
