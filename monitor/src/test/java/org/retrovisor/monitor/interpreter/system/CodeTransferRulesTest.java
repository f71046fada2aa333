package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Far jumps, calls and returns to segments with every type, level and presence, every requested level, at every level (SDM volume 3,
 * section 5.8.1; volume 2, RET and IRET).
 */
@OnEachEngine
class CodeTransferRulesTest extends LeveledGuestTest {
    private static final long POINTER = TinyGuest.CODE + 0x100;
    private static final long TARGET = TinyGuest.CODE + 0x200;
    private static final String JUMP = "ff 2d 00 01 03 00"; // jmp far [30100h]
    private static final String CALL = "ff 1d 00 01 03 00"; // call far [30100h]
    private static final String RETURN = "cb";
    private static final String INTERRUPT_RETURN = "cf";

    private static int ofDirect(int access, int requested, int level) {
        int dpl = LeveledGuest.dpl(access);
        boolean reachable = LeveledGuest.isConforming(access) ? dpl <= level : requested <= level && dpl == level;
        if (!LeveledGuest.isCode(access) || !reachable) {
            return Vector.GP;
        }
        return LeveledGuest.present(access) ? LeveledGuest.NONE : Vector.NP;
    }

    private static int ofReturn(int access, int requested, int level) {
        int dpl = LeveledGuest.dpl(access);
        boolean fits = LeveledGuest.isConforming(access) ? dpl <= requested : dpl == requested;
        if (requested < level || !LeveledGuest.isCode(access) || !fits) {
            return Vector.GP;
        }
        return LeveledGuest.present(access) ? LeveledGuest.NONE : Vector.NP;
    }

    private void expect(int expected, int level, int access, int requested) {
        String what = "access %02x, RPL %d, from level to %d".formatted(access, requested, level);
        assertEquals(expected, leveled.step(), what);
        if (expected == LeveledGuest.NONE) {
            assertEquals(TARGET, guest.register(Processor.RIP), what);
            assertEquals(LeveledGuest.TESTED | level, cpu.segments[Segment.CS].selector, what);
            assertEquals(level, cpu.cpl, what);
        } else {
            assertEquals(LeveledGuest.TESTED, leveled.errorCode(), what);
            assertEquals(TinyGuest.CODE, guest.slot32(1), what);
        }
    }

    @ParameterizedTest
    @CsvSource({JUMP + ", 0", JUMP + ", 1", JUMP + ", 2", JUMP + ", 3", CALL + ", 0", CALL + ", 1", CALL + ", 2",
        CALL + ", 3"})
    void segmentsAreEnteredByTheseRules(String instruction, int level) {
        guest.put(TinyGuest.CODE, instruction);
        for (int access : LeveledGuest.accesses()) {
            for (int requested = 0; requested < 4 && !LeveledGuest.isSystem(access); requested++) {
                guest.put32(POINTER, TARGET).put32(POINTER + 4, LeveledGuest.TESTED | requested);
                leveled.test(access).atLevel(level);
                cpu.segments[Segment.DS].set(LeveledGuest.data(3), 0, 0xFFFF_FFFFL, 0xC0F3);
                expect(ofDirect(access, requested, level), level, access, requested);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({RETURN + ", 0", RETURN + ", 1", RETURN + ", 2", RETURN + ", 3", INTERRUPT_RETURN + ", 0",
        INTERRUPT_RETURN + ", 1", INTERRUPT_RETURN + ", 2", INTERRUPT_RETURN + ", 3"})
    void segmentsAreReturnedToByTheseRules(String instruction, int level) {
        guest.put(TinyGuest.CODE, instruction);
        for (int access : LeveledGuest.accesses()) {
            for (int requested = 0; requested < 4; requested++) {
                leveled.test(access).atLevel(level);
                frame(instruction, LeveledGuest.TESTED | requested, LeveledGuest.data(requested));
                int expected = ofReturn(access, requested, level);
                expect(expected, requested, access, requested);
                if (expected == LeveledGuest.NONE && requested != level) {
                    assertEquals(LeveledGuest.stack(requested), guest.register(Processor.RSP));
                    assertEquals(LeveledGuest.data(requested), cpu.segments[Segment.SS].selector);
                }
            }
        }
    }

    /** EIP, CS, EFLAGS of IRET only, ESP, SS. */
    private void frame(String instruction, int selector, int stackSelector) {
        long stack = LeveledGuest.stack(stackSelector & 3);
        long[] slots = instruction.equals(RETURN)
                ? new long[]{TARGET, selector, stack, stackSelector}
                : new long[]{TARGET, selector, 2, stack, stackSelector};
        for (int n = 0; n < slots.length; n++) {
            guest.put32(guest.register(Processor.RSP) + 4 * n, slots[n]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {RETURN, INTERRUPT_RETURN})
    void stacksOfOuterLevelsAreLoadedByTheseRules(String instruction) {
        guest.put(TinyGuest.CODE, instruction);
        int outer = 2;
        for (int access : LeveledGuest.accesses()) {
            for (int requested = 0; requested < 4; requested++) {
                leveled.test(access).atLevel(1);
                frame(instruction, LeveledGuest.code(outer), LeveledGuest.TESTED | requested);
                boolean fits = requested == outer && LeveledGuest.dpl(access) == outer
                        && LeveledGuest.isWritableData(access);
                int expected = !fits ? Vector.GP : LeveledGuest.present(access) ? LeveledGuest.NONE : Vector.SS;
                String what = "access %02x, RPL %d".formatted(access, requested);
                assertEquals(expected, leveled.step(), what);
                if (expected != LeveledGuest.NONE) {
                    assertEquals(LeveledGuest.TESTED, leveled.errorCode(), what);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {JUMP, CALL, RETURN, INTERRUPT_RETURN})
    void theTargetLiesWithinTheNewSegment(String instruction) {
        guest.put(TinyGuest.CODE, instruction);
        for (int beyond = 0; beyond < 2; beyond++) {
            leveled.atLevel(0);
            long limit = TARGET - beyond;
            guest.put64(TinyGuest.GDT_AT + LeveledGuest.TESTED, TinyGuest.descriptor(0, limit, 0x409B));
            guest.put32(POINTER, TARGET).put32(POINTER + 4, LeveledGuest.TESTED);
            cpu.segments[Segment.DS].set(LeveledGuest.data(0), 0, 0xFFFF_FFFFL, 0xC093);
            frame(instruction, LeveledGuest.TESTED, LeveledGuest.data(0));
            assertEquals(beyond == 0 ? LeveledGuest.NONE : Vector.GP, leveled.step());
            if (beyond != 0) {
                assertEquals(0, leveled.errorCode());
            }
        }
    }
}
