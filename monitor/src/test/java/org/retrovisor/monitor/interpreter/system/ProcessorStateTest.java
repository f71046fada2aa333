package org.retrovisor.monitor.interpreter.system;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.ProcessorState;
import org.retrovisor.monitor.processor.Segment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@OnEachEngine
class ProcessorStateTest {
    private static void fill(Processor cpu) {
        for (int n = 0; n <= Processor.RIP; n++) {
            cpu.gpr[n] = 0x0101_0101_0101_0101L * (n + 1);
        }
        for (int n = 0; n < cpu.xmm.length; n++) {
            cpu.xmm[n] = ~cpu.gpr[n & 15] + n;
        }
        cpu.setRflags(Control.AC | Control.IF | 0xD5);
        cpu.cr2 = 0x1234;
        cpu.dr[0] = 5;
        cpu.dr[6] |= 1;
        cpu.halted = true;
        cpu.nmiBlocked = true;
        cpu.mxcsr = 0x1FA0;
        cpu.xcr0 = 3;
        cpu.fpu.initialize();
        cpu.fpu.setMmx(3, 77);
        cpu.msrs.set(Msr.STAR, 0x1122_3344_5566_7788L);
        cpu.msrs.set(Msr.TSC_ADJUST, -5);
    }

    @Test
    void aRestoredProcessorGivesTheSameBytes() {
        try (TinyGuest from = TinyGuest.long64().asUser32();
                TinyGuest to = TinyGuest.real()) {
            fill(from.cpu);
            byte[] state = ProcessorState.save(from.cpu);
            ProcessorState.restore(to.cpu, state);
            assertArrayEquals(state, ProcessorState.save(to.cpu));
            assertEquals(from.cpu.codeSize, to.cpu.codeSize);
            assertEquals(from.cpu.mmu.context(), to.cpu.mmu.context());
            assertEquals(3, to.cpu.cpl);
            assertTrue(to.cpu.halted);
            assertFalse(to.cpu.interruptShadow);
        }
    }

    @Test
    void aRestoredProcessorGoesOnWhereTheOtherStood() {
        try (TinyGuest from = TinyGuest.long64();
                TinyGuest to = TinyGuest.long64()) {
            String code = "48 ff c0 48 01 c3 0f 05";
            from.step(code, 1);
            to.put(TinyGuest.CODE, code.replace(" ", ""));
            ProcessorState.restore(to.cpu, ProcessorState.save(from.cpu));
            from.machine.run(3);
            to.machine.run(2);
            assertArrayEquals(ProcessorState.save(from.cpu), ProcessorState.save(to.cpu));
        }
    }

    @Test
    void everyPartOfTheStateShowsInTheBytes() {
        try (TinyGuest guest = TinyGuest.long64()) {
            byte[] before = ProcessorState.save(guest.cpu);
            guest.cpu.segments[Segment.GS].limit ^= 1;
            byte[] limit = ProcessorState.save(guest.cpu);
            assertNotEquals(0, Arrays.compare(before, limit));
            guest.cpu.interruptShadow = true;
            assertNotEquals(0, Arrays.compare(limit, ProcessorState.save(guest.cpu)));
        }
    }

    @Test
    void theWayFlagsCameAboutDoesNotShow() {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.cpu.flags.sub64(1, 1, 0);
            byte[] computed = ProcessorState.save(guest.cpu);
            guest.cpu.setRflags(guest.cpu.rflags());
            assertArrayEquals(computed, ProcessorState.save(guest.cpu));
        }
    }

    @Test
    void bytesOfAnotherLengthOrVersionAreRefused() {
        try (TinyGuest guest = TinyGuest.long64()) {
            byte[] state = ProcessorState.save(guest.cpu);
            assertRefused(guest, Arrays.copyOf(state, state.length - 1));
            assertRefused(guest, Arrays.copyOf(state, state.length + 1));
            state[0]++;
            assertRefused(guest, state);
        }
    }

    /** A flipped bit gives another state that holds, or is refused and changes nothing; it never goes unnoticed. */
    @Test
    void noFlippedBitGoesUnnoticed() {
        long seed = 42;
        Random random = new Random(seed);
        try (TinyGuest guest = TinyGuest.long64()) {
            byte[] good = ProcessorState.save(guest.cpu);
            int refused = 0;
            for (int round = 0; round < 2000; round++) {
                byte[] bad = good.clone();
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
                try {
                    ProcessorState.restore(guest.cpu, bad);
                    assertArrayEquals(bad, ProcessorState.save(guest.cpu), () -> HexFormat.of().formatHex(bad));
                } catch (IllegalArgumentException e) {
                    refused++;
                }
                ProcessorState.restore(guest.cpu, good);
            }
            assertTrue(refused > 100, "refused only " + refused);
        }
    }

    @Test
    void pagingWithoutProtectionIsRefused() {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.cpu.cr0 &= ~Control.CR0_PE;
            byte[] bad = ProcessorState.save(guest.cpu);
            guest.cpu.cr0 |= Control.CR0_PE;
            assertRefused(guest, bad);
        }
    }

    private static void assertRefused(TinyGuest guest, byte[] state) {
        byte[] before = ProcessorState.save(guest.cpu);
        String message = assertThrows(IllegalArgumentException.class, () -> ProcessorState.restore(guest.cpu, state))
                .getMessage();
        assertTrue(message.startsWith("its state ") || message.startsWith("bytes follow"), message);
        assertArrayEquals(before, ProcessorState.save(guest.cpu));
    }
}
