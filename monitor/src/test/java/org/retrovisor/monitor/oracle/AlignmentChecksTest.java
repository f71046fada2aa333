package org.retrovisor.monitor.oracle;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What comes before #AC and behind it, against an AMD processor: operands at RBX, on pages that are there, that are not, and across their border. */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
class AlignmentChecksTest {
    private static final int RCX = 1;
    private static final int RBX = 3;
    private static final int RSP = 4;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final long NOT_CANONICAL = 0x4000_0000_0000_0001L;
    private static final int UD = 6;

    private static HostPages pages;
    private static HostProcessor host;
    private static HostSignals signals;
    private static GuestProcessor guest;

    private final CpuState after = new CpuState();

    @BeforeAll
    static void prepare() {
        assumeTrue(Silicon.obstacle().isEmpty() && HostVendor.current() == HostVendor.AMD);
        pages = new HostPages();
        host = new HostProcessor(pages, CodeSize.BITS_64);
        signals = host.signals();
        guest = new GuestProcessor(pages, CodeSize.BITS_64);
    }

    private static CpuState state(long address) {
        CpuState state = new CpuState();
        state.rip = pages.instruction(0);
        state.flags = (int) Control.AC;
        state.gpr[RSP] = StateMaker.stackWindow(pages) + 64;
        state.gpr[RDI] = StateMaker.dataWindow(pages) + 64;
        state.gpr[RCX] = 2;
        state.gpr[RBX] = address;
        state.gpr[RSI] = address;
        state.x87Control = 0x37F;
        state.mxcsr = 0x1F80;
        return state;
    }

    /** Places the instruction, and returns where it is. */
    private static Sequence define(String code) {
        byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(code);
        Encoding encoding = new Encoding(bytes,
                new Decoder(InstructionTable.complete()).decode(bytes, 0, bytes.length, CodeSize.BITS_64),
                pages.instruction(0));
        Sequence sequence = new Sequence(encoding.address(), List.of(encoding));
        host.define(0, host.slots(sequence));
        guest.define(sequence);
        return sequence;
    }

    private Fault onHost(CpuState state) {
        try (HostSignals _ = signals.install()) {
            return host.runToFault(state, after);
        }
    }

    /** Null when it ends at the undefined instruction behind it. */
    private Fault onModel(Sequence sequence, CpuState state) {
        Fault fault = guest.runToFault(state, after, 100);
        return fault.vector() == UD && fault.rip() == sequence.end() ? null : fault;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"load, 8b 03", "store, 89 03", "read and write, 01 03", "with LOCK, f0 01 03", "PUSH, ff 33",
        "POP, 8f 03",
        "BTS, 0f ba 2b 01", "SHLD, 0f a4 03 01", "CMPXCHG8B, 0f c7 0b", "MOVS, a5", "REP MOVS, f3 a5", "LODS, 66 ad",
        "CMPS, a7", "FILD, df 2b", "FLD of 80 bits, db 2b", "FSTP of 80 bits, db 3b", "FBSTP, df 33",
        "MOVQ, 66 0f d6 03",
        "LDMXCSR, 0f ae 13"})
    void theFaultIsTheSame(String what, String code) {
        Sequence sequence = define(code);
        long there = StateMaker.dataWindow(pages);
        for (int offset = -9; offset <= 9; offset++) {
            for (long address : new long[]{there + 16 + offset, pages.missing + offset, pages.code + 0x800 + offset}) {
                assertSame(sequence, address, what);
            }
        }
        assertSame(sequence, NOT_CANONICAL, what);
    }

    /** Of images only what is not aligned, for which page comes first is each maker's own. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"FNSTENV, d9 33", "FLDENV, d9 23", "FNSAVE, dd 33", "FRSTOR, dd 23", "FNSTENV of 16 bits, 66 d9 33",
        "FLDENV of 16 bits, 66 d9 23"})
    void imagesOfTheX87UnitAreAlignedToTheirWords(String what, String code) {
        Sequence sequence = define(code);
        for (int offset = 1; offset < 8; offset += 2) {
            assertSame(sequence, StateMaker.dataWindow(pages) + offset, what);
            assertSame(sequence, pages.missing + offset, what);
            assertSame(sequence, pages.missing - offset, what);
        }
        assertSame(sequence, pages.missing + 2, what);
        assertSame(sequence, pages.missing - 16 - 2, what);
    }

    private void assertSame(Sequence sequence, long address, String what) {
        CpuState state = state(address);
        assertEquals(onHost(state), onModel(sequence, state), () -> "%s at %x".formatted(what, address));
    }

    @Test
    void alignmentIsChecked() {
        Sequence sequence = define("8b 03");
        CpuState state = state(pages.missing + 1);
        assertEquals(Vector.AC, onHost(state).vector());
        assertEquals(Vector.AC, onModel(sequence, state).vector());
    }
}
