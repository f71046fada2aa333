package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.ProcessorState;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a processor model offers executes, what it does not offer is undefined, and its state is complete. */
@OnEachEngine
class CpuModelTest {
    private static final String VPADDQ_128 = "c5 f1 d4 c2"; // vpaddq xmm0, xmm1, xmm2
    private static final String VPADDQ_256 = "c5 f5 d4 c2";
    private static final String CPUID = "0f a2 f4";
    private static final long AREA = 0x5_0000;

    /** XCR0 with the upper halves, unless told otherwise. */
    private static TinyGuest v3() {
        TinyGuest guest = TinyGuest.long64(CpuModel.V3);
        guest.cpu.cr4 |= Control.CR4_OSFXSR | Control.CR4_OSXSAVE;
        guest.cpu.xcr0 = 7;
        for (int n = 0; n < 32; n++) {
            guest.cpu.xmm[n] = n;
            guest.cpu.ymm[n] = 100 + n;
        }
        return guest;
    }

    @ParameterizedTest
    @ValueSource(strings = {VPADDQ_128, VPADDQ_256, "c4 e2 f0 f2 c2", "66 0f 38 dc c1", "0f 38 c9 c1",
        "66 0f 3a 44 c1 00"})
    void theDefaultModelKnowsNoneOfIt(String code) {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.cpu.cr4 |= Control.CR4_OSFXSR | Control.CR4_OSXSAVE;
            guest.run(code).expectVector(Vector.UD);
        }
    }

    @Test
    void lzcntIsBsrWhereItIsNotOffered() {
        for (CpuModel model : CpuModel.values()) {
            try (TinyGuest guest = TinyGuest.long64(model)) {
                guest.cpu.gpr[Processor.RBX] = 0x100;
                guest.run("f3 0f bd c3 f4");
                assertEquals(model == CpuModel.V3 ? 23 : 8, guest.register(Processor.RAX));
            }
        }
    }

    @Test
    void avxNeedsItsStateToBeSwitchedOn() {
        try (TinyGuest guest = v3()) {
            guest.cpu.xcr0 = 3;
            guest.run(VPADDQ_128).expectVector(Vector.UD);
        }
        try (TinyGuest guest = v3()) {
            guest.cpu.cr4 &= ~Control.CR4_OSXSAVE;
            guest.run(VPADDQ_128).expectVector(Vector.UD);
        }
        try (TinyGuest guest = v3()) {
            guest.cpu.cr0 |= Control.CR0_TS;
            guest.run(VPADDQ_128).expectVector(Vector.NM);
        }
    }

    @Test
    void instructionsOf128BitsClearTheUpperHalfAndThoseOfSseDoNot() {
        try (TinyGuest guest = v3()) {
            guest.run(VPADDQ_128 + "66 0f d4 da f4"); // paddq xmm3, xmm2
            assertEquals(2 + 4, guest.cpu.xmm[0]);
            assertEquals(0, guest.cpu.ymm[0]);
            assertEquals(0, guest.cpu.ymm[1]);
            assertEquals(106, guest.cpu.ymm[6]);
        }
    }

    @Test
    void instructionsOf256BitsWorkOnBothHalves() {
        try (TinyGuest guest = v3()) {
            guest.run(VPADDQ_256 + "f4");
            assertEquals(102 + 104, guest.cpu.ymm[0]);
            assertEquals(103 + 105, guest.cpu.ymm[1]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"66 c5 f1 d4 c2", "f0 c5 f1 d4 c2", "48 c5 f1 d4 c2", "c5 e9 6f c2", "c4 e0 71 d4 c2"})
    void prefixesBeforeVexAndRegistersThatAreNotUsedAreUndefined(String code) {
        try (TinyGuest guest = v3()) {
            guest.run(code).expectVector(Vector.UD); // the fourth has VEX.vvvv in a move
        }
    }

    @Test
    void xsaveAndXrstorMoveTheUpperHalves() {
        try (TinyGuest guest = v3()) {
            guest.cpu.gpr[Processor.RAX] = 7;
            guest.cpu.gpr[Processor.RBX] = AREA;
            guest.run("48 0f ae 23 c5 fc 77 48 0f ae 2b f4"); // xsave64; vzeroall; xrstor64
            assertEquals(7, guest.get64(AREA + 512));
            assertEquals(131, guest.get64(AREA + 576 + 8 * 31));
            assertEquals(131, guest.cpu.ymm[31]);
            assertEquals(31, guest.cpu.xmm[31]);
        }
    }

    @Test
    void xsetbvTakesTheUpperHalvesOnlyTogetherWithSse() {
        for (int value : new int[]{1, 3, 7, 5, 15}) {
            try (TinyGuest guest = v3()) {
                guest.cpu.gpr[Processor.RAX] = value;
                guest.run("31 c9 31 d2 0f 01 d1 0f0b").expectVector(value == 5 || value == 15 ? Vector.GP : Vector.UD);
            }
        }
    }

    @Test
    void cpuidOffersWhatExecutes() {
        try (TinyGuest guest = v3()) {
            guest.cpu.gpr[Processor.RAX] = 1;
            guest.run(CPUID);
            int wanted = 1 << 28 | 1 << 12 | 1 << 29 | 1 << 25 | 1 << 1; // AVX, FMA, F16C, AES, PCLMULQDQ
            assertEquals(wanted, guest.cpu.get32(Processor.RCX) & wanted);
        }
        try (TinyGuest guest = v3()) {
            guest.cpu.gpr[Processor.RAX] = 0xD;
            guest.cpu.gpr[Processor.RCX] = 0;
            guest.run(CPUID);
            assertEquals(7, guest.register(Processor.RAX));
            assertEquals(832, guest.register(Processor.RBX));
        }
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.cpu.gpr[Processor.RAX] = 0xD;
            guest.cpu.gpr[Processor.RCX] = 0;
            guest.run(CPUID);
            assertEquals(3, guest.register(Processor.RAX));
            assertEquals(576, guest.register(Processor.RCX));
        }
    }

    @Test
    void theStateOfAModelWithAvxHoldsTheUpperHalves() {
        try (TinyGuest guest = v3(); TinyGuest plain = TinyGuest.long64()) {
            byte[] state = ProcessorState.save(guest.cpu);
            guest.cpu.ymm[5] = 0;
            ProcessorState.restore(guest.cpu, state);
            assertEquals(105, guest.cpu.ymm[5]);
            assertEquals(ProcessorState.save(plain.cpu).length + 8 * 32, state.length);
            assertThrows(IllegalArgumentException.class, () -> ProcessorState.restore(plain.cpu, state));
        }
    }

    @Test
    void tracesNameTheirModel() {
        assertEquals(CpuModel.V3, CpuModel.ofTrace("retrovisor-v3").orElseThrow());
        assertTrue(CpuModel.ofTrace("retrovisor-v9").isEmpty());
        assertFalse(CpuModel.V2.traceName().equals(CpuModel.V3.traceName()));
    }
}
