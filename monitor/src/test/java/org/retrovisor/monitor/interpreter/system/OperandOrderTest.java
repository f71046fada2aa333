package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Which of two addresses that fault an instruction names: what silicon does where the manuals do not say. */
@OnEachEngine
class OperandOrderTest {
    private static final long SOURCE = TinyGuest.NOT_PRESENT + 0x1000;
    private static final long DESTINATION = TinyGuest.NOT_PRESENT + 0x2000;
    private static final long NON_CANONICAL = 0x4000_0000_0000_0000L;

    private static TinyGuest guest(int version, long source, long destination) {
        TinyGuest guest = TinyGuest.long64(CpuModel.V2, version);
        guest.cpu.gpr[Processor.RSI] = source;
        guest.cpu.gpr[Processor.RDI] = destination;
        guest.cpu.gpr[Processor.RCX] = 2;
        return guest;
    }

    @ParameterizedTest
    @CsvSource({"6, a6, 0x602000", "6, f3 48 a7, 0x602000", "5, a6, 0x601000", "5, f3 48 a7, 0x601000", // cmps
        "6, a4, 0x601000", "6, f3 48 a5, 0x601000"}) // movs
    void ofTwoPagesThatAreNotThere(int version, String code, String named) {
        try (TinyGuest guest = guest(version, SOURCE, DESTINATION)) {
            guest.run(code).expectVector(Vector.PF);
            assertEquals(Long.decode(named), guest.cpu.cr2);
        }
    }

    @ParameterizedTest
    @CsvSource({"6, a6, 14", "5, a6, 13", "6, a4, 13"})
    void ofAnAddressThatIsNotCanonicalAtRsiAndAPageThatIsNotThere(int version, String code, int vector) {
        try (TinyGuest guest = guest(version, NON_CANONICAL, DESTINATION)) {
            guest.run(code).expectVector(vector);
        }
    }

    @ParameterizedTest
    @CsvSource({"6, a6, 13", "5, a6, 14", "6, a4, 14"})
    void ofAPageThatIsNotThereAndAnAddressThatIsNotCanonicalAtRdi(int version, String code, int vector) {
        try (TinyGuest guest = guest(version, SOURCE, NON_CANONICAL)) {
            guest.run(code).expectVector(vector);
        }
    }
}
