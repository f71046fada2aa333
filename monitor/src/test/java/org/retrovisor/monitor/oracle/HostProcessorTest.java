package org.retrovisor.monitor.oracle;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.isa.CodeSize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/** Cases on the host come to an end, with all that they leave behind. */
class HostProcessorTest {
    private static final byte[] UNDEFINED = {0x0F, 0x0B};
    /** dec ecx; jnz to it. */
    private static final byte[] LOOP = {(byte) 0xFF, (byte) 0xC9, 0x75, (byte) 0xFC};
    private static final byte[] JUMP_TO_ITSELF = {(byte) 0xEB, (byte) 0xFE};
    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RSP = 4;

    private static HostPages pages;
    private static HostProcessor host;
    private static HostSignals signals;

    private final CpuState before = new CpuState();
    private final CpuState after = new CpuState();

    @BeforeAll
    static void prepare() {
        Silicon.obstacle().ifPresent(obstacle -> Assumptions.abort(obstacle));
        pages = new HostPages();
        host = new HostProcessor(pages, CodeSize.BITS_64);
        signals = host.signals();
    }

    @BeforeEach
    void install() {
        signals.install();
        before.rip = pages.instruction(0);
        before.gpr[RSP] = StateMaker.stackWindow(pages);
        before.x87Control = 0x37F;
        before.mxcsr = 0x1F80;
    }

    @AfterEach
    void remove() {
        signals.close();
    }

    private Fault run(byte[] code) {
        host.define(List.of(host.slot(0, code)));
        return host.runToFault(before, after);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 0x1000, 0x7FFF_FFFF_FFFFL, 0x8000_0000_0000L, 0x4000_0000_0000_0000L, Long.MIN_VALUE,
        0xFFFF_7FFF_FFFF_FFFFL, -1})
    void aFaultIsNotedWhateverTheStackPointerIs(long stackPointer) {
        before.gpr[RSP] = stackPointer;
        before.gpr[RCX] = 7;
        assertEquals(new Fault(6, 0, 0, before.rip), run(UNDEFINED));
        assertEquals(before.rip, after.rip);
        assertEquals(stackPointer, after.gpr[RSP]);
        assertEquals(7, after.gpr[RCX]);
    }

    /** Long enough together for many interrupts, and each of them short enough to come through without one. */
    @Test
    void interruptsAreNoFaultsOfACaseWhateverTheStackPointerIs() {
        before.gpr[RSP] = 0x4000_0000_0000_0000L;
        before.gpr[RCX] = 3000;
        host.define(List.of(host.slot(0, LOOP)));
        for (int n = 0; n < 100_000; n++) {
            assertNull(host.runToFault(before, after));
            assertEquals(0x4000_0000_0000_0000L, after.gpr[RSP]);
            assertEquals(0, after.gpr[RCX]);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0x1000, 0x4000_0000_0000_0000L})
    void aCaseWithoutAnEndIsEnded(long stackPointer) {
        before.gpr[RSP] = stackPointer;
        before.gpr[RCX] = 7;
        Fault fault = run(JUMP_TO_ITSELF);
        boolean refused = fault.vector() == 13; // by an interrupt's return, each time
        assertEquals(new Fault(refused ? 13 : Fault.ENDLESS, 0, 0, before.rip), fault);
        assertEquals(7, after.gpr[RCX]);
        assertEquals(stackPointer, after.gpr[RSP]);
    }

    @Test
    void segmentRegistersThatACaseLoadsAreNotTheNextOnes() {
        before.gpr[RCX] = 0x2B;
        assertNull(run(new byte[]{(byte) 0x8E, (byte) 0xD9, (byte) 0x8E, (byte) 0xC1})); // mov ds, ecx; mov es, ecx
        assertNull(run(new byte[]{(byte) 0x8C, (byte) 0xD8, (byte) 0x8C, (byte) 0xC1})); // mov eax, ds; mov ecx, es
        assertEquals(0, after.gpr[RAX]);
        assertEquals(0, after.gpr[RCX]);
    }
}
