package org.retrovisor.monitor.oracle;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.InstructionTable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/** Of faults only what a maker is known to do gives way, and not even the model's own result passes where that maker is known to differ. */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
class FaultDifferencesTest {
    private static final int LOCK = 0xF0;
    private static final byte[] REPE_CMPSB = {(byte) 0xF3, (byte) 0xA6};
    private static final byte[] CMPSQ = {0x48, (byte) 0xA7};
    private static final byte[] SYSEXIT = {0x0F, 0x35};
    private static final byte[] SHA1MSG1_XMM3_RBX = {0x0F, 0x38, (byte) 0xC9, 0x1B};
    private static final byte[] SHA1RNDS4_XMM3_RBX = {0x0F, 0x3A, (byte) 0xCC, 0x1B, 2};
    private static final byte[] SHA1RNDS4_XMM3_XMM2 = {0x0F, 0x3A, (byte) 0xCC, (byte) 0xDA, 2};
    private static final byte[] SHA1MSG1_XMM3_RBP = {0x0F, 0x38, (byte) 0xC9, 0x5D, 0};
    private static final byte[] VCVTPS2PH_XMM1_XMM3 = {(byte) 0xC4, (byte) 0xE3, 0x79, 0x1D, (byte) 0xD9, 4};
    private static final int RCX = 1;
    private static final int RBX = 3;
    private static final int RSP = 4;
    private static final int RBP = 5;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final long NOT_CANONICAL = 0x4000_0000_0000_0000L;
    private static final int NO_TRAPS = 0x1F80;
    private static final int UNDERFLOW_TRAPS = 0x1780;
    private static final int OVERFLOW_MASK = 0x400;
    private static final int PRECISION_TRAPS = 0xF80;
    private static final int PRECISION = 0x20;

    private static final byte[] VCVTPS2PH_XMM1_YMM3 = {(byte) 0xC4, (byte) 0xE3, 0x7D, 0x1D, (byte) 0xD9, 4};
    private static final byte[] VLDMXCSR_RBX = {(byte) 0xC5, (byte) 0xF8, (byte) 0xAE, 0x13};
    private static final byte[] LDMXCSR_RBX = {0x0F, (byte) 0xAE, 0x13};
    private static final byte[] CVTTSD2SI_RSP_XMM1 = {(byte) 0xF2, 0x48, 0x0F, 0x2C, (byte) 0xE1};
    private static final byte[] CVTTSD2SI_RAX_XMM1 = {(byte) 0xF2, 0x48, 0x0F, 0x2C, (byte) 0xC1};
    private static final int INVALID_TRAPS = 0x1F00;
    private static final byte[] POPA = {0x61};
    private static final byte[] POPAW = {0x66, 0x61};

    private static HostPages pages;
    private static GuestProcessor wide;
    private static GuestProcessor narrow;

    private GuestProcessor interpreter = wide;
    private final CpuState at = new CpuState();
    private final CpuState host = new CpuState();
    private final CpuState model = new CpuState();
    private Encoding encoding;
    private Fault fault;

    @BeforeAll
    static void prepare() {
        pages = new HostPages();
        wide = new GuestProcessor(pages, CodeSize.BITS_64);
        narrow = new GuestProcessor(pages, CodeSize.BITS_32);
    }

    @BeforeEach
    void begin() {
        at.rip = pages.instruction(0);
        at.gpr[RSP] = StateMaker.stackWindow(pages) + 64;
        at.x87Control = 0x37F;
        at.mxcsr = NO_TRAPS;
    }

    /** What the model does with the instruction in 32-bit code; the host is to leave the same behind. */
    private void run32(byte... bytes) {
        interpreter = narrow;
        run(CodeSize.BITS_32, bytes);
    }

    /** The same in 64-bit code. */
    private void run(byte... bytes) {
        run(CodeSize.BITS_64, bytes);
    }

    private void run(CodeSize codeSize, byte... bytes) {
        byte[] code = new byte[16];
        System.arraycopy(bytes, 0, code, 0, bytes.length);
        boolean locked = (bytes[0] & 0xFF) == LOCK;
        Decoder decoder = new Decoder(InstructionTable.complete());
        encoding = new Encoding(bytes, decoder.decode(code, locked ? 1 : 0, code.length, codeSize), at.rip);
        fault = alone(bytes, at, model);
        host.copyFrom(model);
    }

    private Fault alone(byte[] code, CpuState from, CpuState after) {
        interpreter.define(new Sequence(from.rip, List.of(new Encoding(code, null, from.rip))));
        return interpreter.runToFault(from, after, 1000);
    }

    private Fault settle(HostVendor vendor, Fault onHost) {
        return new FaultDifferences(vendor).settle(
                new FaultDifferences.Case(pages, encoding, at, fault, host, model, this::alone),
                onHost);
    }

    private Fault pageFault(long address) {
        return new Fault(14, 4, address, at.rip);
    }

    private Fault exception(int vector) {
        return new Fault(vector, 0, 0, at.rip);
    }

    private void onlyGivesWay(HostVendor vendor, Fault known, Fault unknown) {
        assertNotEquals(fault, known);
        assertEquals(fault, settle(vendor, known));
        assertNotEquals(fault, settle(vendor, fault), "the model's");
        assertEquals(unknown, settle(vendor, unknown));
    }

    private void nothingGivesWay(HostVendor vendor, Fault onHost) {
        assertEquals(onHost, settle(vendor, onHost));
        assertEquals(fault, settle(vendor, fault));
    }

    // ---------------------------------------------------------------- strings

    @Test
    void ofTwoOperandsOfCmpsThatFaultSomeOfAmdsProcessorsNameTheOneAtRsi() {
        at.gpr[RSI] = pages.missing - 4;
        at.gpr[RDI] = NOT_CANONICAL;
        run(CMPSQ);
        assertEquals(exception(13), fault);
        assertEquals(fault, settle(HostVendor.AMD, pageFault(pages.missing)));
        nothingGivesWay(HostVendor.AMD, pageFault(pages.missing - 4));
        nothingGivesWay(HostVendor.INTEL, pageFault(pages.missing));
    }

    @Test
    void theyDoSoInTheIterationInWhichBothFault() {
        at.gpr[RSI] = pages.missing - 3;
        at.gpr[RDI] = pages.missing - 3;
        pages.write(at.gpr[RSI], new byte[3]);
        at.gpr[RCX] = 9;
        run(REPE_CMPSB);
        assertEquals(pages.missing, model.gpr[RSI]);
        assertEquals(pageFault(pages.missing), fault);
        nothingGivesWay(HostVendor.AMD, exception(13));
    }

    @Test
    void anOperandAtRsiThatFaultsInALaterIterationIsNotNamed() {
        at.gpr[RSI] = pages.missing - 1;
        at.gpr[RDI] = NOT_CANONICAL;
        at.gpr[RCX] = 9;
        run(REPE_CMPSB);
        assertEquals(exception(13), fault);
        nothingGivesWay(HostVendor.AMD, pageFault(pages.missing));
    }

    @Test
    void anOperandOfCmpsThatFaultsAloneIsCompared() {
        at.gpr[RSI] = StateMaker.dataWindow(pages);
        at.gpr[RDI] = pages.missing;
        run(CMPSQ);
        nothingGivesWay(HostVendor.AMD, pageFault(pages.missing + 1));
    }

    // ---------------------------------------------------------------- POPA

    /** A stack that ends in the middle, behind so many bytes that are there; all its slots are different. */
    private void stackOf(int bytes) {
        byte[] filled = new byte[64];
        for (int n = 0; n < filled.length; n++) {
            filled[n] = (byte) (0x80 + n);
        }
        pages.write(pages.missing - filled.length, filled);
        at.gpr[RSP] = pages.missing - bytes;
        for (int register = 0; register < 8; register++) {
            at.gpr[register] = register == RSP ? at.gpr[RSP] : 0x1111_1111L * (register + 1);
        }
    }

    private void assertSettled(HostVendor vendor) {
        assertEquals(fault, settle(vendor, fault));
        assertEquals("", StateReport.differences(at, host, model, 0, X87Tolerance.EXACT));
    }

    private static List<HostVendor> known() {
        return List.of(HostVendor.AMD, HostVendor.INTEL);
    }

    @ParameterizedTest
    @MethodSource("known")
    void whatWasPoppedBeforeTheStackFaultedStaysSo(HostVendor vendor) {
        stackOf(11);
        run32(POPA);
        assertEquals(pageFault(pages.missing), fault);
        host.gpr[RDI] = 0xB8B7_B6B5L;
        host.gpr[RSI] = 0xBCBB_BAB9L;
        CpuState popped = new CpuState();
        popped.copyFrom(host);
        assertSettled(vendor);
        host.copyFrom(popped);
        assertEquals(exception(13), settle(vendor, exception(13)));
    }

    @ParameterizedTest
    @MethodSource("known")
    void ofRegistersOf16BitsTheUpperHalvesStay(HostVendor vendor) {
        stackOf(5);
        run32(POPAW);
        host.gpr[RDI] = 0x8888_BCBBL;
        host.gpr[RSI] = 0x7777_BEBDL;
        assertSettled(vendor);
    }

    @ParameterizedTest
    @MethodSource("known")
    void theStackPointerIsNotPopped(HostVendor vendor) {
        stackOf(17);
        run32(POPA);
        host.gpr[RDI] = 0xB2B1_B0AFL;
        host.gpr[RSI] = 0xB6B5_B4B3L;
        host.gpr[RBP] = 0xBAB9_B8B7L;
        assertSettled(vendor);
        host.gpr[RSP] = 0xBEBD_BCBBL;
        settle(vendor, fault);
        assertEquals(0xBEBD_BCBBL, host.gpr[RSP]);
    }

    @ParameterizedTest
    @MethodSource("known")
    void aRegisterThatWasNotPoppedOrIsNotWhatWasPoppedDoesNotGiveWay(HostVendor vendor) {
        stackOf(11);
        run32(POPA);
        host.gpr[RDI] = 0xB8B7_B6B4L;
        host.gpr[RBP] = 0x80BF_BEBDL;
        settle(vendor, fault);
        assertEquals(0xB8B7_B6B4L, host.gpr[RDI]);
        assertEquals(0x80BF_BEBDL, host.gpr[RBP]);
    }

    @Test
    void onAmdsProcessorsRegistersMustHaveBeenPopped() {
        stackOf(11);
        run32(POPA);
        host.gpr[RDI] = 0xB8B7_B6B5L;
        assertNotEquals(fault, settle(HostVendor.AMD, fault), "RSI is the model's");
        host.copyFrom(model);
        host.gpr[RSI] = 0xBCBB_BAB9L;
        assertNotEquals(fault, settle(HostVendor.AMD, fault), "RDI is the model's");
        stackOf(3);
        run32(POPA);
        assertEquals(fault, settle(HostVendor.AMD, fault));
    }

    @ParameterizedTest
    @MethodSource("known")
    void aStackThatIsNotThereAtAllAndALockAreCompared(HostVendor vendor) {
        stackOf(-2);
        run32(POPA);
        assertEquals(pageFault(pages.missing + 2), fault);
        assertSettled(vendor);
        stackOf(40);
        run32((byte) LOCK, (byte) 0x61);
        assertEquals(exception(6), fault);
        assertSettled(vendor);
    }

    // ---------------------------------------------------------------- undefined, or privileged

    @Test
    void sysexitIsUndefinedInLongModeOnAmdsProcessorsAndPrivilegedWhereAHypervisorEmulatesIt() {
        run(SYSEXIT);
        assertEquals(exception(13), fault);
        assertEquals(fault, settle(HostVendor.AMD, exception(6)));
        nothingGivesWay(HostVendor.AMD, exception(12));
        nothingGivesWay(HostVendor.INTEL, exception(6));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x20, 0x22})
    void aMoveOfRegister0WithLockIsOneOfCr8OnAmdsProcessors(int opcode) {
        run((byte) LOCK, (byte) 0x0F, (byte) opcode, (byte) 0xC5);
        assertEquals(exception(6), fault);
        onlyGivesWay(HostVendor.AMD, exception(13), exception(12));
        nothingGivesWay(HostVendor.INTEL, exception(13));
        run((byte) LOCK, (byte) 0x0F, (byte) opcode, (byte) 0xD5);
        nothingGivesWay(HostVendor.AMD, exception(13));
    }

    @Test
    void aMoveOfADebugRegisterWithLockIsCompared() {
        run((byte) LOCK, (byte) 0x0F, (byte) 0x21, (byte) 0xC5);
        nothingGivesWay(HostVendor.AMD, exception(13));
        run((byte) 0x0F, (byte) 0x20, (byte) 0xC5);
        nothingGivesWay(HostVendor.AMD, exception(6));
    }

    // ---------------------------------------------------------------- SHA

    /** The operand of XMM3 and memory, in both, with what SHA1MSG1 makes of it in the host's XMM3. */
    private void unaligned(byte[] code) {
        at.gpr[RBX] = StateMaker.dataWindow(pages) + 1;
        pages.write(at.gpr[RBX], new byte[]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
        at.xmm[6] = 0x1111_2222_3333_4444L;
        at.xmm[7] = 0x5555_6666_7777_8888L;
        run(code);
        assertEquals(exception(13), fault);
        host.rip = encoding.next();
    }

    @Test
    void anUnalignedOperandOfShaIsComputedWithOnAmdsProcessors() {
        unaligned(SHA1MSG1_XMM3_RBX);
        host.xmm[7] = at.xmm[7] ^ at.xmm[6];
        host.xmm[6] = at.xmm[6] ^ 0x100F_0E0D_0C0B_0A09L;
        assertEquals(fault, settle(HostVendor.AMD, null));
        assertEquals("", StateReport.differences(at, host, model, 0, X87Tolerance.EXACT));
        assertNull(settle(HostVendor.INTEL, null));
    }

    @Test
    void anotherResultOfShaOrAnotherPlaceToGoOnAtDoesNotGiveWay() {
        unaligned(SHA1RNDS4_XMM3_RBX);
        host.xmm[6] = 5;
        host.xmm[7] = 6;
        host.rip++;
        settle(HostVendor.AMD, null);
        assertEquals(5, host.xmm[6]);
        assertEquals(6, host.xmm[7]);
        assertEquals(encoding.next() + 1, host.rip);
    }

    @Test
    void theImmediateOfShaCounts() {
        unaligned(SHA1RNDS4_XMM3_RBX);
        CpuState registers = new CpuState();
        registers.copyFrom(at);
        registers.xmm[4] = 0x0807_0605_0403_0201L;
        registers.xmm[5] = 0x100F_0E0D_0C0B_0A09L;
        CpuState rounds = new CpuState();
        alone(SHA1RNDS4_XMM3_XMM2, registers, rounds);
        host.xmm[6] = rounds.xmm[6];
        host.xmm[7] = rounds.xmm[7];
        assertEquals(fault, settle(HostVendor.AMD, null));
        assertEquals("", StateReport.differences(at, host, model, 0, X87Tolerance.EXACT));
    }

    @Test
    void shaWithLockIsCompared() {
        at.gpr[RBX] = pages.missing + 1;
        run((byte) LOCK, (byte) 0x0F, (byte) 0x38, (byte) 0xC9, (byte) 0x1B);
        assertEquals(exception(6), fault);
        nothingGivesWay(HostVendor.AMD, pageFault(pages.missing + 1));
    }

    @Test
    void anUnalignedOperandOfShaRaisesWhatItsPageDoes() {
        at.gpr[RBX] = pages.missing - 3;
        run(SHA1MSG1_XMM3_RBX);
        onlyGivesWay(HostVendor.AMD, pageFault(pages.missing), pageFault(pages.missing + 1));
        at.gpr[RBX] = pages.missing + 5;
        run(SHA1MSG1_XMM3_RBX);
        onlyGivesWay(HostVendor.AMD, pageFault(pages.missing + 5), null);
        at.gpr[RBP] = NOT_CANONICAL + 1;
        run(SHA1MSG1_XMM3_RBP);
        onlyGivesWay(HostVendor.AMD, exception(12), null);
        nothingGivesWay(HostVendor.INTEL, exception(12));
        at.gpr[RBX] = NOT_CANONICAL + 1;
        run(SHA1MSG1_XMM3_RBX);
        assertEquals(fault, settle(HostVendor.AMD, exception(13)));
        assertEquals(exception(12), settle(HostVendor.AMD, exception(12)));
    }

    @Test
    void anAlignedOperandOfShaIsCompared() {
        at.gpr[RBX] = pages.missing;
        run(SHA1MSG1_XMM3_RBX);
        nothingGivesWay(HostVendor.AMD, exception(13));
    }

    // ---------------------------------------------------------------- VCVTPS2PH

    private int settledPrecision(HostVendor vendor, int precision) {
        host.mxcsr = model.mxcsr & ~PRECISION | precision;
        settle(vendor, fault);
        return host.mxcsr & PRECISION;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 0x7FF, 0x0060_0000_8000_0001L, 0x7FC0_0001_0060_1000L, 0x3F80_2000_0000_0001L,
        0x4700_0000_0000_0001L})
    void denormalsThatFitAHalfMustBeExactOnAmdsProcessors(long singles) {
        at.mxcsr = UNDERFLOW_TRAPS;
        at.xmm[7] = singles;
        run(VCVTPS2PH_XMM1_XMM3);
        assertEquals(exception(19), fault);
        assertEquals(PRECISION, model.mxcsr & PRECISION);
        assertEquals(PRECISION, settledPrecision(HostVendor.AMD, 0));
        assertEquals(0, settledPrecision(HostVendor.AMD, PRECISION), "the model's");
        assertEquals(0, settledPrecision(HostVendor.INTEL, 0));
    }

    @ParameterizedTest
    @ValueSource(longs = {0xFFF, 0x0060_0800_0000_0001L, 0x3800_1000_0000_0001L, 0x4780_0000_0000_0001L})
    void whatLosesBitsIsCompared(long singles) {
        at.mxcsr = UNDERFLOW_TRAPS;
        at.xmm[7] = singles;
        run(VCVTPS2PH_XMM1_XMM3);
        assertEquals(0, settledPrecision(HostVendor.AMD, 0));
        assertEquals(PRECISION, settledPrecision(HostVendor.AMD, PRECISION));
    }

    @Test
    void bitsOfUpperHalvesAreLostOnlyWhereTheyAreConverted() {
        at.mxcsr = UNDERFLOW_TRAPS;
        at.xmm[7] = 1;
        at.ymm[7] = 0x3F80_0001L;
        run(VCVTPS2PH_XMM1_XMM3);
        assertEquals(PRECISION, settledPrecision(HostVendor.AMD, 0));
        run(VCVTPS2PH_XMM1_YMM3);
        assertEquals(0, settledPrecision(HostVendor.AMD, 0));
    }

    @Test
    void anOverflowThatTrapsLosesNothing() {
        at.mxcsr = UNDERFLOW_TRAPS & ~OVERFLOW_MASK;
        at.xmm[7] = 0x4780_0000_0000_0001L;
        run(VCVTPS2PH_XMM1_XMM3);
        assertEquals(PRECISION, settledPrecision(HostVendor.AMD, 0));
    }

    @Test
    void whereUnderflowDoesNotTrapItIsCompared() {
        at.mxcsr = PRECISION_TRAPS;
        at.xmm[7] = 1;
        run(VCVTPS2PH_XMM1_XMM3);
        assertEquals(exception(19), fault);
        assertEquals(PRECISION, settledPrecision(HostVendor.AMD, PRECISION));
    }

    @Test
    void whereOneLanesBitsGetLostOrTheFlagWasThereItIsCompared() {
        at.mxcsr = UNDERFLOW_TRAPS | PRECISION;
        at.xmm[7] = 1;
        run(VCVTPS2PH_XMM1_XMM3);
        assertEquals(0, settledPrecision(HostVendor.AMD, 0));
        at.mxcsr = UNDERFLOW_TRAPS;
        at.xmm[6] = 0x3F80_0001L;
        run(VCVTPS2PH_XMM1_XMM3);
        assertEquals(0, settledPrecision(HostVendor.AMD, 0));
    }

    // ---------------------------------------------------------------- LDMXCSR

    @ParameterizedTest
    @CsvSource({"LDMXCSR, 0x21F80", "LDMXCSR, 0x20000", "VLDMXCSR, 0x21F80"})
    void onAmdsProcessorsMxcsrHasABitMore(String mnemonic, String text) {
        int value = Integer.decode(text);
        at.gpr[RBX] = StateMaker.dataWindow(pages);
        at.data[0] = (byte) value;
        at.data[1] = (byte) (value >> 8);
        at.data[2] = 2;
        run(mnemonic.equals("LDMXCSR") ? LDMXCSR_RBX : VLDMXCSR_RBX);
        assertEquals(exception(13), fault);
        pages.write(at.gpr[RBX], new byte[]{(byte) value, (byte) (value >> 8), 2, 0});
        host.mxcsr = value;
        host.rip = encoding.next();
        assertEquals(fault, settle(HostVendor.AMD, null));
        assertEquals("", StateReport.differences(at, host, model, 0, X87Tolerance.EXACT));
        assertNotEquals(fault, settle(HostVendor.AMD, fault), "the model's");
        assertNull(settle(HostVendor.INTEL, null));
        host.mxcsr = value ^ 1;
        host.rip = encoding.next();
        settle(HostVendor.AMD, null);
        assertEquals(value ^ 1, host.mxcsr);
        host.mxcsr = value;
        host.rip++;
        settle(HostVendor.AMD, null);
        assertEquals(value, host.mxcsr);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4})
    void otherBitsAreReservedOnThem(int upper) {
        at.gpr[RBX] = StateMaker.dataWindow(pages);
        at.data[2] = (byte) upper;
        pages.write(at.gpr[RBX], new byte[]{0, 0, (byte) upper, 0});
        run(LDMXCSR_RBX);
        assertEquals(exception(13), fault);
        nothingGivesWay(HostVendor.AMD, null);
    }

    @Test
    void otherFaultsOfLdmxcsrAreCompared() {
        at.gpr[RBX] = NOT_CANONICAL;
        run(LDMXCSR_RBX);
        assertEquals(exception(13), fault);
        nothingGivesWay(HostVendor.AMD, null);
        at.gpr[RBX] = pages.missing - 2;
        run(LDMXCSR_RBX);
        nothingGivesWay(HostVendor.AMD, null);
    }

    // ---------------------------------------------------------------- what is left out

    @ParameterizedTest
    @EnumSource(HostVendor.class)
    void onlyWhatWasNotSeenIsLeftOut(HostVendor vendor) {
        assertEquals(vendor == HostVendor.OTHER, FaultDifferences.leftOpen("SYSEXIT", vendor));
        assertEquals(vendor == HostVendor.OTHER, FaultDifferences.leftOpen("ENTER", vendor));
        assertEquals(vendor == HostVendor.OTHER, FaultDifferences.leftOpen("SHA1MSG1", vendor));
        assertEquals(vendor == HostVendor.OTHER, FaultDifferences.leftOpen("VLDMXCSR", vendor));
        assertEquals(vendor == HostVendor.OTHER, FaultDifferences.leavesOrderOpen(vendor));
        run((byte) LOCK, (byte) 0x0F, (byte) 0x20, (byte) 0xC5);
        assertEquals(vendor == HostVendor.OTHER, FaultDifferences.leftOpenWithLock(encoding.instruction().row, vendor));
        run(CMPSQ);
        assertFalse(FaultDifferences.leftOpenWithLock(encoding.instruction().row, vendor));
        assertEquals(vendor == HostVendor.OTHER, FaultDifferences.leftOpen("POPA", vendor));
        assertEquals(vendor == HostVendor.OTHER, FaultDifferences.leftOpen("ARPL", vendor));
    }

    @ParameterizedTest
    @EnumSource(HostVendor.class)
    void aConversionToTheStackPointerThatIsInvalidMayForgetPushes(HostVendor vendor) {
        at.mxcsr = INVALID_TRAPS;
        at.xmm[2] = Double.doubleToLongBits(1e300);
        run(CVTTSD2SI_RSP_XMM1);
        assertEquals(exception(19), fault);
        host.gpr[RSP] -= 8;
        assertEquals(fault, settle(vendor, fault));
        assertEquals(vendor == HostVendor.AMD, host.gpr[RSP] == model.gpr[RSP]);
        host.gpr[RSP] = model.gpr[RSP] + 4096;
        assertEquals(fault, settle(vendor, fault));
        assertNotEquals(model.gpr[RSP], host.gpr[RSP], "no short sequence does that");
    }

    @Test
    void aConversionToAnotherRegisterForgetsNothing() {
        at.mxcsr = INVALID_TRAPS;
        at.xmm[2] = Double.doubleToLongBits(1e300);
        run(CVTTSD2SI_RAX_XMM1);
        host.gpr[RSP] -= 8;
        assertEquals(fault, settle(HostVendor.AMD, fault));
        assertNotEquals(model.gpr[RSP], host.gpr[RSP]);
    }
}
