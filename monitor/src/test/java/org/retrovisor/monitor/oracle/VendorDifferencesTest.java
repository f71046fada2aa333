package org.retrovisor.monitor.oracle;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.translator.Translator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** The list leaves out what it says and no more, and generated code does nothing that is on it. */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
class VendorDifferencesTest {
    private static final byte[] REP_MOVS_32 = {0x67, (byte) 0xF3, (byte) 0xA4};
    private static final byte[] REP_STOS_32 = {0x67, (byte) 0xF3, (byte) 0xAA};
    private static final byte[] REP_CMPS_32 = {0x67, (byte) 0xF3, (byte) 0xA6};
    private static final byte[] DPPS_ALL = {0x66, 0x0F, 0x3A, 0x40, (byte) 0xC1, (byte) 0xFF};
    private static final byte[] DPPS_TWO = {0x66, 0x0F, 0x3A, 0x40, (byte) 0xC1, 0x5F};
    private static final int RCX = 1;
    private static final int RSP = 4;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final long UPPER = 0x1234_5678_0000_0000L;
    private static final long ONES = 0x3F80_0000_3F80_0000L;
    private static final long NANS = 0x7FC0_0002_7FC0_0001L;

    private final HostPages pages = new HostPages();
    private final CpuState before = new CpuState();
    private final CpuState host = new CpuState();
    private final CpuState model = new CpuState();

    private Encoding encoding(CodeSize codeSize, byte[] bytes) {
        byte[] code = new byte[16];
        System.arraycopy(bytes, 0, code, 0, bytes.length);
        return new Encoding(bytes, new Decoder(InstructionTable.complete()).decode(code, 0, code.length, codeSize),
                pages.instruction(0));
    }

    private void settle(HostVendor vendor, Encoding encoding) {
        new VendorDifferences(pages, vendor).settle(encoding, CodeSize.BITS_64, before, host, model);
    }

    /** The host cleared the upper halves of the three registers, the model did not. */
    private void prepareStrings(long count) {
        for (int register : new int[]{RCX, RSI, RDI}) {
            before.gpr[register] = UPPER | (register == RCX ? count : 0x8000);
            model.gpr[register] = before.gpr[register];
            host.gpr[register] = before.gpr[register] & 0xFFFF_FFFFL;
        }
    }

    @Test
    void clearedUpperHalvesGiveWayAfterNoIterations() {
        prepareStrings(0);
        settle(HostVendor.INTEL, encoding(CodeSize.BITS_64, REP_MOVS_32));
        assertArrayEquals(model.gpr, host.gpr);
    }

    @Test
    void comparisonsOfStringsClearTheCounterOnly() {
        prepareStrings(0);
        settle(HostVendor.INTEL, encoding(CodeSize.BITS_64, REP_CMPS_32));
        assertEquals(UPPER, host.gpr[RCX]);
        assertEquals(0x8000, host.gpr[RSI]);
        assertEquals(0x8000, host.gpr[RDI]);
    }

    @Test
    void clearedUpperHalvesDoNotGiveWayAfterAnIteration() {
        prepareStrings(1);
        settle(HostVendor.INTEL, encoding(CodeSize.BITS_64, REP_MOVS_32));
        assertEquals(1, host.gpr[RCX]);
        assertEquals(0x8000, host.gpr[RSI]);
    }

    @Test
    void anotherValueThanTheKnownOneDoesNotGiveWay() {
        prepareStrings(0);
        host.gpr[RDI] = 0x8001;
        settle(HostVendor.INTEL, encoding(CodeSize.BITS_64, REP_STOS_32));
        assertEquals(0x8001, host.gpr[RDI]);
    }

    @ParameterizedTest
    @EnumSource(value = HostVendor.class, names = "INTEL", mode = EnumSource.Mode.EXCLUDE)
    void onOtherHostsNothingGivesWay(HostVendor vendor) {
        prepareStrings(0);
        settle(vendor, encoding(CodeSize.BITS_64, REP_MOVS_32));
        assertEquals(0, host.gpr[RCX]);
        assertEquals(0x8000, host.gpr[RSI]);
        assertEquals(0x8000, host.gpr[RDI]);
    }

    @Test
    void ofAPushedSelectorOnlyTheUpperHalfGivesWay() {
        before.gpr[RSP] = StateMaker.stackWindow(pages) + 8;
        for (int at = 0; at < 12; at++) {
            before.stack[at] = (byte) (0x70 + at);
            host.stack[at] = before.stack[at];
        }
        settle(HostVendor.INTEL, encoding(CodeSize.BITS_32, new byte[]{0x06}));
        for (int at = 0; at < 12; at++) {
            assertEquals(at == 6 || at == 7 ? 0 : 0x70 + at, host.stack[at], "byte " + at);
        }
    }

    /** xmm0 times xmm1; the NaNs are in the first two lanes. */
    private void prepareDotProduct() {
        before.xmm[0] = NANS;
        before.xmm[1] = ONES;
        before.xmm[2] = ONES;
        before.xmm[3] = ONES;
        for (int half = 0; half < 2; half++) {
            host.xmm[half] = 0x7FC0_0001_7FC0_0002L;
            model.xmm[half] = 0x7FC0_0001_7FC0_0001L;
        }
    }

    @Test
    void severalNansOfADotProductGiveWay() {
        prepareDotProduct();
        settle(HostVendor.INTEL, encoding(CodeSize.BITS_64, DPPS_ALL));
        assertArrayEquals(model.xmm, host.xmm);
    }

    @Test
    void theLaneThatAddsInTheManualsOrderIsCompared() {
        prepareDotProduct();
        host.xmm[0] = 0x7FC0_0003_7FC0_0002L;
        settle(HostVendor.INTEL, encoding(CodeSize.BITS_64, DPPS_ALL));
        assertEquals(0x7FC0_0003_7FC0_0001L, host.xmm[0]);
    }

    @Test
    void aSingleNanOfADotProductIsCompared() {
        prepareDotProduct();
        settle(HostVendor.INTEL, encoding(CodeSize.BITS_64, DPPS_TWO));
        assertEquals(0x7FC0_0001_7FC0_0002L, host.xmm[0]);
    }

    @Test
    void aNumberInADotProductIsCompared() {
        prepareDotProduct();
        host.xmm[1] = ONES;
        settle(HostVendor.INTEL, encoding(CodeSize.BITS_64, DPPS_ALL));
        assertEquals(ONES, host.xmm[1]);
    }

    @Test
    void whatMakersDifferInHasNoRuleButForStringsOf64BitAddresses() {
        Set<String> translated = new TreeSet<>();
        for (Row row : InstructionTable.complete().rows()) {
            if (VendorDifferences.concern(row) && Translator.translatedRows().contains(row.name())) {
                translated.add(row.name());
            }
        }
        assertEquals(Set.of("MOVS_Yb_Xb", "MOVS_Yv_Xv", "STOS_Yb_AL", "STOS_Yv_rAX"), translated);
    }

    @Test
    void repeatedStringsOf32BitAddressesAreTheInterpretersAndKeepUpperHalves() {
        Assumptions.assumeTrue(Translator.available(), "generated code does not run on this host");
        for (byte[] bytes : List.of(REP_MOVS_32, REP_STOS_32)) {
            assertEquals(0, generatedMoments(bytes));
            assertArrayEquals(before.gpr, model.gpr);
            assertEquals(1, generatedMoments(Arrays.copyOfRange(bytes, 1, bytes.length)), "of 64-bit addresses");
        }
    }

    /** How many moments generated code executes of an instruction whose count is 0. */
    private long generatedMoments(byte[] bytes) {
        Encoding encoding = encoding(CodeSize.BITS_64, bytes);
        prepareStrings(0);
        if (bytes[0] != 0x67) {
            before.gpr[RCX] = 0;
        }
        before.rip = encoding.address();
        before.gpr[RSP] = StateMaker.stackWindow(pages) + 8;
        try (GuestProcessor guest = new GuestProcessor(
                pages, CodeSize.BITS_64, machine -> new Translator(machine, 1 << 20, 1))) {
            guest.defineAlone(List.of(encoding));
            assertEquals(1, guest.run(before, model));
            return ((Translator) guest.engine()).generatedMoments();
        }
    }
}
