package org.retrovisor.monitor.interpreter.integer;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.DebugStops;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.processor.AccessWatch;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Repeated string instructions between their iterations: moments, budgets, faults. */
class RepeatTest {
    private static final String REP_MOVSB = "f3 a4";
    private static final String REP_MOVSQ = "f3 48 a5";
    private static final String REP_STOSB = "f3 aa";
    private static final String REPE_SCASB = "f3 ae";

    private final PagedGuest guest = new PagedGuest();
    private final Processor cpu = guest.cpu;

    @AfterEach
    void close() {
        guest.close();
    }

    private void registers(long from, long to, long count) {
        cpu.gpr[Processor.RSI] = from;
        cpu.gpr[Processor.RDI] = to;
        cpu.gpr[Processor.RCX] = count;
    }

    private long moments(String bytes, int most) {
        long before = guest.machine.moment();
        assertNull(guest.code(bytes + " eb fe").run(most));
        return guest.machine.moment() - before;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 99, 4096, 4999, 5000})
    void aRunThatEndsInsideLeavesTheInstructionToGoOn(int most) {
        registers(PagedGuest.DATA, PagedGuest.DATA + 0x3001, 5000);
        assertEquals(most, moments(REP_MOVSB, most));
        assertEquals(5000 - most, cpu.gpr[Processor.RCX]);
        assertEquals(PagedGuest.DATA + most, cpu.gpr[Processor.RSI]);
        assertEquals(PagedGuest.DATA + 0x3001 + most, cpu.gpr[Processor.RDI]);
        assertEquals(PagedGuest.CODE + (most == 5000 ? 2 : 0), cpu.gpr[Processor.RIP]);
    }

    @Test
    void eachIterationIsAMomentAndTheLastOneEndsTheInstruction() {
        registers(PagedGuest.DATA, PagedGuest.DATA + 0x2000, 10);
        moments(REP_MOVSQ, 11);
        assertEquals(0, cpu.gpr[Processor.RCX]);
        assertEquals(PagedGuest.CODE + 3, cpu.gpr[Processor.RIP]); // the jump to itself took the eleventh
    }

    @Test
    void aCountOfZeroTakesOneMomentAndDoesNothing() {
        registers(PagedGuest.ABSENT, PagedGuest.ABSENT, 0);
        assertEquals(1, moments(REP_MOVSB, 1));
        assertEquals(PagedGuest.CODE + 2, cpu.gpr[Processor.RIP]);
        assertEquals(PagedGuest.ABSENT, cpu.gpr[Processor.RDI]);
    }

    @Test
    void aFaultComesAfterTheIterationsThatWentWell() {
        registers(PagedGuest.DATA, PagedGuest.ABSENT - 20, 100);
        long before = guest.machine.moment();
        assertEquals(StopReason.TRIPLE_FAULT, guest.code(REP_MOVSB).run(1000));
        assertEquals(80, cpu.gpr[Processor.RCX]);
        assertEquals(PagedGuest.ABSENT, cpu.gpr[Processor.RDI]);
        assertEquals(PagedGuest.DATA + 20, cpu.gpr[Processor.RSI]);
        assertEquals(PagedGuest.CODE, cpu.gpr[Processor.RIP]);
        assertEquals(PagedGuest.ABSENT, cpu.cr2);
        assertEquals(before + 21, guest.machine.moment()); // twenty iterations and one fault
    }

    @Test
    void anElementAcrossTheFaultingPageIsNotStoredInPart() {
        registers(PagedGuest.DATA, PagedGuest.ABSENT - 20, 100);
        cpu.mmu.store64(PagedGuest.DATA + 16, -1);
        assertEquals(StopReason.TRIPLE_FAULT, guest.code(REP_MOVSQ).run(1000));
        assertEquals(98, cpu.gpr[Processor.RCX]);
        assertEquals(0, cpu.mmu.load32(PagedGuest.ABSENT - 4));
    }

    @Test
    void aCopyOntoItselfFromBelowRepeatsThePattern() {
        cpu.mmu.store32(PagedGuest.DATA, 0x04030201);
        registers(PagedGuest.DATA, PagedGuest.DATA + 3, 9);
        moments(REP_MOVSB, 9);
        byte[] found = new byte[12];
        guest.machine.memory().read(PagedGuest.DATA, found, 0, 12);
        assertArrayEquals(new byte[]{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}, found);
    }

    @Test
    void aFillThatOverwritesItselfTakesEffectBehindTheInstruction() {
        registers(0, PagedGuest.CODE, 64);
        cpu.gpr[Processor.RAX] = 0x90;
        guest.code(REP_STOSB + " 0f 0b");
        assertNull(guest.run(64 + 20));
        assertEquals(PagedGuest.CODE + 22, cpu.gpr[Processor.RIP]);
        assertEquals(0, cpu.gpr[Processor.RCX]);
    }

    @Test
    void aScanEndsAtTheFirstDifferenceAndKeepsItsFlags() {
        cpu.mmu.store8(PagedGuest.DATA + 6000, 1);
        registers(0, PagedGuest.DATA, 10_000);
        cpu.gpr[Processor.RAX] = 0;
        assertEquals(6001, moments(REPE_SCASB, 6001));
        assertEquals(PagedGuest.DATA + 6001, cpu.gpr[Processor.RDI]);
        assertEquals(10_000 - 6001, cpu.gpr[Processor.RCX]);
        assertEquals(Flags.CF | Flags.SF | Flags.AF | Flags.PF, cpu.flags.status());
        assertEquals(PagedGuest.CODE + 2, cpu.gpr[Processor.RIP]);
    }

    @Test
    void aWatchStopsBehindTheIterationThatTouchedIt() {
        DebugStops stops = guest.machine.engine().debugStops();
        stops.watch(guest.machine, List.of(new AccessWatch(PagedGuest.DATA + 0x2000 + 40, 4, false, true)));
        registers(PagedGuest.DATA, PagedGuest.DATA + 0x2000, 100);
        assertNull(guest.code(REP_MOVSB).run(1000));
        assertTrue(stops.touched());
        assertEquals(59, cpu.gpr[Processor.RCX]);
        assertEquals(PagedGuest.CODE, cpu.gpr[Processor.RIP]);
    }

    /** Up and down, sizes of 1 to 8 bytes, apart and overlapping both ways, across pages, not aligned. */
    @ParameterizedTest
    @ValueSource(strings = {"fc f3 a4", "fd f3 a4", "fd 66 f3 a5", "fd f3 a5", "fc f3 48 a5", "fd f3 48 a5", "fd f3 ab",
        "fd f3 48 ab", "fd f3 aa"})
    void manyIterationsAtOnceDoWhatEachAloneDoes(String code) {
        for (int distance : new int[]{-4099, -9, -8, -3, -1, 0, 1, 5, 8, 16, 4093}) {
            byte[] together = afterRepeating(code, distance, 700);
            assertArrayEquals(together, afterRepeating(code, distance, 1), code + " at a distance of " + distance);
        }
    }

    /** The data pages and RSI, RDI, RCX after 700 iterations, {@code most} moments at a time. */
    private byte[] afterRepeating(String code, int distance, int most) {
        long middle = PagedGuest.DATA + 0x2FF5;
        byte[] found = new byte[0x6000 + 24];
        new Random(distance).nextBytes(found);
        guest.machine.memory().write(PagedGuest.DATA, found, 0, 0x6000);
        registers(middle, middle + distance, 700);
        cpu.gpr[Processor.RAX] = 0x0123_4567_89AB_CDEFL;
        guest.code(code + " eb fe");
        for (int done = 0; done < 701; done += most) {
            assertNull(guest.run(Math.min(most, 701 - done)));
        }
        guest.machine.memory().read(PagedGuest.DATA, found, 0, 0x6000);
        ByteBuffer.wrap(found, 0x6000, 24).putLong(cpu.gpr[Processor.RSI]).putLong(cpu.gpr[Processor.RDI])
                .putLong(cpu.gpr[Processor.RCX]);
        assertEquals(0, cpu.gpr[Processor.RCX]);
        return found;
    }
}
