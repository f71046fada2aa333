package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * #UD and #NM of the instructions that control registers switch off, with all combinations of the bits (SDM volume 2, section 2.4; volume 3,
 * section 2.5 and table 10-3).
 */
@OnEachEngine
class AvailabilityTest {
    private static final int NONE = -1;

    /** Which bits an instruction looks at. */
    enum Unit {
        X87, WAIT, MMX, SSE, AVX, STATE, EXTENDED_STATE, CONTROL_OF_STATE, NOTHING
    }

    /** The bits of one case. */
    private record Bits(boolean emulate, boolean switched, boolean monitor, boolean sse, boolean saves,
            long components) {
        static Bits of(int number) {
            long[] components = {1, 3, 7};
            return new Bits((number & 1) != 0, (number & 2) != 0, (number & 4) != 0, (number & 8) != 0,
                    (number & 16) != 0, components[number >> 5]);
        }

        void set(Processor cpu) {
            cpu.cr0 |= (emulate ? Control.CR0_EM : 0) | (switched ? Control.CR0_TS : 0)
                    | (monitor ? Control.CR0_MP : 0);
            cpu.cr4 |= (sse ? Control.CR4_OSFXSR : 0) | (saves ? Control.CR4_OSXSAVE : 0);
            cpu.xcr0 = components;
        }

        int expected(Unit unit) {
            int switchedOff = switched ? Vector.NM : NONE;
            return switch (unit) {
                case X87, STATE -> emulate ? Vector.NM : switchedOff;
                case WAIT -> monitor ? switchedOff : NONE;
                case MMX -> emulate ? Vector.UD : switchedOff;
                case SSE -> emulate || !sse ? Vector.UD : switchedOff;
                case AVX -> !saves || components != 7 ? Vector.UD : switchedOff;
                case EXTENDED_STATE -> !saves ? Vector.UD : switchedOff;
                case CONTROL_OF_STATE -> saves ? NONE : Vector.UD;
                case NOTHING -> NONE;
            };
        }
    }

    @ParameterizedTest
    @CsvSource({"X87, d9 e8", "X87, d8 00", "WAIT, 9b", "MMX, 0f fc c1", "MMX, 0f 77", // fld1, fadd, fwait, paddb, emms
        "SSE, 0f 58 c1", "SSE, 66 0f fe c1", "SSE, 66 0f 38 00 c1", "SSE, 66 0f 38 dc c1", "SSE, f2 0f 58 00", // addps to addsd
        "SSE, 0f ae 50 40", "SSE, 0f ae 58 40", "SSE, 0f 2b 00", // ldmxcsr, stmxcsr, movntps
        "AVX, c5 f8 58 c1", "AVX, c5 fd fe c1", "AVX, c5 f8 77", "AVX, c4 e2 71 98 c1", // vaddps, vpaddd, vzeroupper, vfmadd132ps
        "STATE, 0f ae 00", "STATE, 0f ae 08", // fxsave, fxrstor
        "EXTENDED_STATE, 0f ae 20", "EXTENDED_STATE, 0f ae 30", // xsave, xsaveopt
        "CONTROL_OF_STATE, 0f 01 d0", // xgetbv
        "NOTHING, 0f c3 00", "NOTHING, 0f ae e8", "NOTHING, f2 0f 38 f0 c1", "NOTHING, f3 0f b8 c1",
        "NOTHING, 0f 18 08",
        "NOTHING, c4 e2 78 f2 c1"}) // movnti, lfence, crc32, popcnt, prefetcht0, andn
    void controlBitsSwitchInstructionsOff(Unit unit, String instruction) {
        for (int number = 0; number < 96; number++) {
            try (TinyGuest guest = TinyGuest.long64(CpuModel.V3)) {
                guest.cpu.gpr[Processor.RAX] = 0x5_0000;
                guest.put32(0x5_0040, 0x1F80).put32(0x5_0018, 0x1F80);
                Bits bits = Bits.of(number);
                bits.set(guest.cpu);
                int expected = bits.expected(unit);
                guest.run(instruction + "cd 40"); // int 40h
                long vector = (guest.register(Processor.RIP) - TinyGuest.HANDLERS) / 16;
                assertEquals(expected == NONE ? 0x40 : expected, vector, bits.toString());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"5, 64", "4, 6"})
    void upToVersion4SseBitsSwitchedSomeVexInstructionsOff(int version, int vector) {
        try (TinyGuest guest = TinyGuest.long64(CpuModel.V3, version)) {
            new Bits(true, false, false, false, true, 7).set(guest.cpu);
            guest.run("c5 f8 58 c1 cd 40").expectVector(vector);
        }
    }
}
