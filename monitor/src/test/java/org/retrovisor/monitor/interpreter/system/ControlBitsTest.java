package org.retrovisor.monitor.interpreter.system;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Each bit of CR0, CR3, CR4 and EFER, set in 64-bit mode: taken, ignored or refused (SDM volume 3, sections 2.2.1 and 2.5). */
@OnEachEngine
class ControlBitsTest {
    private static final long CR0 = Control.CR0_PE | Control.CR0_PG | Control.CR0_ET | Control.CR0_WP;
    /** MP, EM, TS, NE, AM, CD; NW needs CD. */
    private static final List<Integer> CR0_BITS = List.of(0, 1, 2, 3, 4, 5, 16, 18, 30, 31);
    private static final int NOT_WRITE_THROUGH = 29;
    /** TSD, DE, PSE, PAE, MCE, PGE, PCE, OSFXSR, OSXMMEXCPT, UMIP, FSGSBASE, OSXSAVE, SMEP, SMAP. */
    private static final List<Integer> CR4_BITS = List.of(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 18, 20, 21);
    /** SCE, LME, LMA (which nothing writes), NXE. */
    private static final List<Integer> EFER_BITS = List.of(0, 8, 10, 11);
    private static final int PHYSICAL_BITS = 40;

    /** Executes a move or WRMSR of a value; whether it went through. */
    private static boolean takes(TinyGuest guest, String instruction, long value) {
        guest.cpu.gpr[Processor.RAX] = value;
        guest.cpu.gpr[Processor.RDX] = value >>> 32;
        guest.cpu.gpr[Processor.RCX] = 0xC000_0080L;
        guest.step(instruction, 1);
        boolean through = guest.register(Processor.RIP) < TinyGuest.HANDLERS
                || guest.register(Processor.RIP) > TinyGuest.handler(255);
        if (!through) {
            assertEquals(TinyGuest.handler(Vector.GP), guest.register(Processor.RIP));
            assertEquals(0, guest.slot(0));
        }
        return through;
    }

    @Test
    void upperBitsOfCr0AreRefusedAndOthersThatAreReservedIgnored() {
        for (int bit = 0; bit < 64; bit++) {
            try (TinyGuest guest = TinyGuest.long64()) {
                boolean refused = bit >= 32 || bit == NOT_WRITE_THROUGH;
                assertEquals(!refused, takes(guest, "0f 22 c0", CR0 | 1L << bit), "bit " + bit);
                long taken = !refused && CR0_BITS.contains(bit) ? CR0 | 1L << bit : CR0;
                assertEquals(taken, guest.cpu.cr0, "bit " + bit);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"60010001, true", "40010001, false", "20000000, false", "80000001, true", "80000000, false", "1, false",
        "a0000001, false", "e0000001, true"}) // some with PG, which 64-bit mode does not go without
    void combinationsOfCr0(String value, boolean taken) {
        try (TinyGuest guest = TinyGuest.long64(); TinyGuest legacy = TinyGuest.protected32()) {
            long bits = Long.parseLong(value, 16);
            boolean paging = (bits & Control.CR0_PG) != 0;
            assertEquals(taken && paging, takes(guest, "0f 22 c0", bits));
            if (!paging) {
                boolean cache = (bits & Control.CR0_NW) == 0 || (bits & Control.CR0_CD) != 0;
                legacy.cpu.gpr[Processor.RAX] = bits;
                legacy.step("0f 22 c0", 1);
                assertEquals(cache, legacy.register(Processor.RIP) == TinyGuest.CODE + 3);
            }
        }
    }

    @Test
    void bitsOfCr3BehindTheAddressAreRefused() {
        for (int bit = 0; bit < 64; bit++) {
            try (TinyGuest guest = TinyGuest.long64()) {
                if (bit < 12 || bit >= PHYSICAL_BITS) { // others lead to other tables
                    assertEquals(bit < 12, takes(guest, "0f 22 d8", 0x1000 | 1L << bit), "bit " + bit);
                }
            }
        }
    }

    @Test
    void bitsOfCr4ThatTheModelDoesNotHaveAreRefused() {
        for (int bit = 0; bit < 64; bit++) {
            try (TinyGuest guest = TinyGuest.long64()) {
                long value = Control.CR4_PAE | 1L << bit;
                assertEquals(CR4_BITS.contains(bit), takes(guest, "0f 22 e0", value), "bit " + bit);
                assertEquals(CR4_BITS.contains(bit) ? value : Control.CR4_PAE, guest.cpu.cr4);
            }
        }
    }

    @Test
    void bitsOfEferThatTheModelDoesNotHaveAreRefused() {
        for (int bit = 0; bit < 64; bit++) {
            try (TinyGuest guest = TinyGuest.long64()) {
                guest.cpu.efer = Control.EFER_LME | Control.EFER_LMA;
                boolean taken = takes(guest, "0f 30", Control.EFER_LME | 1L << bit);
                assertEquals(EFER_BITS.contains(bit), taken, "bit " + bit);
                long expected = taken
                        ? Control.EFER_LME | Control.EFER_LMA | 1L << bit
                        : Control.EFER_LME | Control.EFER_LMA;
                assertEquals(expected, guest.cpu.efer, "bit " + bit);
            }
        }
    }

    @Test
    void longModeIsNotTurnedOffWithPaging() {
        try (TinyGuest guest = TinyGuest.long64()) {
            assertEquals(false, takes(guest, "0f 30", Control.EFER_SCE));
        }
    }
}
