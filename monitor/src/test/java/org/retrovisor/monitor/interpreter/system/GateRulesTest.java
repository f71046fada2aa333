package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Call gates, interrupt gates and trap gates of all types, levels and presences, with every code segment behind them, from every level
 * (SDM volume 3, sections 5.8.3 to 5.8.5 and 6.11 to 6.13).
 */
@OnEachEngine
class GateRulesTest extends LeveledGuestTest {
    private static final long TARGET = TinyGuest.CODE + 0x200;
    private static final int LEVEL_1_CODE = LeveledGuest.code(1) & ~3;
    private static final int SOFTWARE = 0x21;
    private static final int IN_IDT = 2;
    private static final int EXTERNAL = 1;
    private static final int[] CODE_ACCESSES = codeAccesses();

    /** Code and readable code, conforming and not, and data, at each level, present and not. */
    private static int[] codeAccesses() {
        return LeveledGuest.accesses().stream().mapToInt(x -> x).filter(access -> (access & 0x11) == 0x11
                && (access & 0x18) != 0x10 || (access & 0x1F) == 0x13).toArray();
    }

    /** An exception and its error code, or {@link LeveledGuest#NONE} and the new level. */
    private record Expected(int vector, int code) {}

    private static Expected behindGate(int access, int level, boolean jump, int external) {
        if (!LeveledGuest.isCode(access) || LeveledGuest.dpl(access) > level) {
            return new Expected(Vector.GP, LeveledGuest.TESTED | external);
        }
        if (!LeveledGuest.present(access)) {
            return new Expected(Vector.NP, LeveledGuest.TESTED | external);
        }
        boolean inward = !LeveledGuest.isConforming(access) && LeveledGuest.dpl(access) < level;
        return jump && inward
                ? new Expected(Vector.GP, LeveledGuest.TESTED)
                : new Expected(LeveledGuest.NONE, inward ? LeveledGuest.dpl(access) : level);
    }

    private void expect(Expected expected, String what) {
        assertEquals(expected.vector, leveled.step(), what);
        if (expected.vector != LeveledGuest.NONE) {
            assertEquals(expected.code, leveled.errorCode(), what);
        } else {
            assertEquals(expected.code, cpu.cpl, what);
            assertEquals(LeveledGuest.TESTED | cpu.cpl, cpu.segments[Segment.CS].selector, what);
        }
    }

    // ---------------------------------------------------------------- call gates

    @ParameterizedTest
    @CsvSource({"9a, 0", "9a, 1", "9a, 2", "9a, 3", "ea, 0", "ea, 1", "ea, 2", "ea, 3"})
    void callGatesArePassedByTheseRules(String opcode, int level) {
        for (int gate : new int[]{0x84, 0x8C, 0x04, 0x0C, 0xA4, 0xAC, 0x2C, 0xC4, 0xCC, 0x4C, 0xE4, 0xEC, 0x6C, 0x64}) {
            for (int requested = 0; requested < 4; requested++) {
                guest.put(TinyGuest.CODE, "%s 00 00 00 00 %02x 00".formatted(opcode, LeveledGuest.GATE | requested));
                for (int access : CODE_ACCESSES) {
                    passCallGate(opcode.equals("ea"), level, gate, requested, access);
                }
            }
        }
    }

    private void passCallGate(boolean jump, int level, int gate, int requested, int access) {
        leveled.test(access).gate(LeveledGuest.at(LeveledGuest.GATE), gate, LeveledGuest.TESTED, TARGET).atLevel(level);
        Expected expected = behindGate(access, level, jump, 0);
        if (LeveledGuest.dpl(gate) < Math.max(level, requested)) {
            expected = new Expected(Vector.GP, LeveledGuest.GATE);
        } else if (!LeveledGuest.present(gate)) {
            expected = new Expected(Vector.NP, LeveledGuest.GATE);
        }
        String what = "gate %02x, RPL %d, code %02x, level %d".formatted(gate, requested, access, level);
        expect(expected, what);
        if (expected.vector == LeveledGuest.NONE) {
            boolean wide = (gate & 8) != 0;
            assertEquals(wide ? TARGET : TARGET & 0xFFFF, guest.register(Processor.RIP), what);
            expectCallFrame(jump, level, wide ? 4 : 2, what);
        }
    }

    private void expectCallFrame(boolean jump, int level, int size, String what) {
        boolean inward = cpu.cpl != level;
        long top = inward ? LeveledGuest.tssStack(cpu.cpl) : LeveledGuest.stack(level);
        long[] frame = jump
                ? new long[0]
                : inward
                        ? new long[]{TinyGuest.CODE + 7, LeveledGuest.code(level), LeveledGuest.stack(level),
                            LeveledGuest.data(level)}
                        : new long[]{TinyGuest.CODE + 7, LeveledGuest.code(level)};
        assertEquals(top - (long) size * frame.length, guest.register(Processor.RSP), what);
        for (int n = 0; n < frame.length; n++) {
            long mask = size == 4 ? 0xFFFF_FFFFL : 0xFFFF;
            assertEquals(frame[n] & mask, guest.get64(guest.register(Processor.RSP) + (long) size * n) & mask, what);
        }
        assertEquals(inward ? LeveledGuest.data(cpu.cpl) : LeveledGuest.data(level),
                cpu.segments[Segment.SS].selector, what);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x84, 0x8C})
    void theTargetOfACallGateLiesWithinItsSegment(int type) {
        guest.put(TinyGuest.CODE, "9a 00 00 00 00 88 00");
        leveled.gate(LeveledGuest.at(LeveledGuest.GATE), type, LeveledGuest.TESTED, 0x1000);
        for (int limit : new int[]{0x1000, 0xFFF}) {
            guest.put64(TinyGuest.GDT_AT + LeveledGuest.TESTED, TinyGuest.descriptor(0, limit, 0x409B));
            leveled.atLevel(0);
            assertEquals(limit == 0x1000 ? LeveledGuest.NONE : Vector.GP, leveled.step());
        }
        assertEquals(0, leveled.errorCode());
    }

    // ---------------------------------------------------------------- gates of the IDT

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void softwareInterruptsPassGatesByTheseRules(int level) {
        guest.put(TinyGuest.CODE, "cd 21");
        for (int gate : LeveledGuest.accesses()) {
            for (int access : CODE_ACCESSES) {
                Expected expected = behindGate(access, level, false, 0);
                if (!isGate(gate) || LeveledGuest.dpl(gate) < level) {
                    expected = new Expected(Vector.GP, SOFTWARE << 3 | IN_IDT);
                } else if (!LeveledGuest.present(gate)) {
                    expected = new Expected(Vector.NP, SOFTWARE << 3 | IN_IDT);
                }
                passGate(SOFTWARE, level, gate, access, expected, TinyGuest.CODE + 2);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void exceptionsPassGatesOfAnyLevel(int level) {
        guest.put(TinyGuest.CODE, "0f 0b"); // ud2
        for (int gate : LeveledGuest.accesses()) {
            for (int access : CODE_ACCESSES) {
                Expected expected = behindGate(access, level, false, EXTERNAL);
                if (!isGate(gate)) {
                    expected = new Expected(Vector.GP, Vector.UD << 3 | IN_IDT | EXTERNAL);
                } else if (!LeveledGuest.present(gate)) {
                    expected = new Expected(Vector.NP, Vector.UD << 3 | IN_IDT | EXTERNAL);
                }
                passGate(Vector.UD, level, gate, access, expected, TinyGuest.CODE);
            }
        }
    }

    /** Interrupt and trap gates of 16 and 32 bits; task gates have tests of their own, and here the task is not there. */
    private static boolean isGate(int gate) {
        int type = gate & 0x1F;
        return type == 6 || type == 7 || type == 14 || type == 15;
    }

    private void passGate(int vector, int level, int gate, int access, Expected expected, long rip) {
        if ((gate & 0x1F) == 5) {
            return;
        }
        leveled.test(access).gate(TinyGuest.IDT_AT + 8L * vector, gate, LeveledGuest.TESTED, TARGET).atLevel(level);
        String what = "gate %02x, code %02x, level %d".formatted(gate, access, level);
        expect(expected, what);
        if (expected.vector == LeveledGuest.NONE) {
            int size = (gate & 8) != 0 ? 4 : 2;
            assertEquals(size == 4 ? TARGET : TARGET & 0xFFFF, guest.register(Processor.RIP), what);
            assertEquals((gate & 1) != 0, (cpu.systemFlags & Control.IF) != 0, what + ": IF");
            assertEquals(size == 4 ? rip : rip & 0xFFFF, guest.get64(guest.register(Processor.RSP))
                    & (size == 4 ? 0xFFFF_FFFFL : 0xFFFF), what);
            long top = cpu.cpl == level ? LeveledGuest.stack(level) : LeveledGuest.tssStack(cpu.cpl);
            assertEquals(top - (long) size * (cpu.cpl == level ? 3 : 5), guest.register(Processor.RSP), what);
        }
    }

    @Test
    void theTableOfGatesEndsWithTheLastByteOfAGate() {
        guest.put(TinyGuest.CODE, "cd 21");
        leveled.gate(TinyGuest.IDT_AT + 8L * SOFTWARE, 0xEE, LeveledGuest.code(0), TARGET).atLevel(0);
        cpu.idtLimit = 8 * SOFTWARE + 7;
        assertEquals(LeveledGuest.NONE, leveled.step());
        leveled.atLevel(0);
        cpu.idtLimit = 8 * SOFTWARE + 6;
        assertEquals(Vector.GP, leveled.step());
        assertEquals(SOFTWARE << 3 | IN_IDT, leveled.errorCode());
    }

    // ---------------------------------------------------------------- inner stacks

    /** An instruction that goes through either of two gates. */
    private void throughGateToLevel1(String instruction) {
        guest.put(TinyGuest.CODE, instruction);
        leveled.gate(LeveledGuest.at(LeveledGuest.GATE), 0xEC, LEVEL_1_CODE, TARGET);
        leveled.gate(TinyGuest.IDT_AT + 8L * SOFTWARE, 0xEE, LEVEL_1_CODE, TARGET);
    }

    /** The stack that the task has for level 1, named by its TSS. */
    @ParameterizedTest
    @ValueSource(strings = {"9a 00 00 00 00 8b 00", "cd 21"})
    void stacksOfInnerLevelsAreLoadedByTheseRules(String instruction) {
        throughGateToLevel1(instruction);
        for (int access : LeveledGuest.accesses()) {
            for (int requested = 0; requested < 4; requested++) {
                guest.put32(TinyGuest.TSS_AT + 16, LeveledGuest.TESTED | requested);
                leveled.test(access).atLevel(3);
                boolean fits = requested == 1 && LeveledGuest.dpl(access) == 1 && LeveledGuest.isWritableData(access);
                boolean down = (access & 4) != 0; // expands down from 4 GiB: no room at all
                int expected = !fits
                        ? Vector.TS
                        : !LeveledGuest.present(access) || down ? Vector.SS : LeveledGuest.NONE;
                String what = "access %02x, RPL %d".formatted(access, requested);
                assertEquals(expected, leveled.step(), what);
                if (expected == LeveledGuest.NONE) {
                    assertEquals(1, cpu.cpl, what);
                } else {
                    assertEquals(LeveledGuest.TESTED, leveled.errorCode(), what);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"9a 00 00 00 00 8b 00", "cd 21"})
    void aNullStackOrATaskThatEndsBeforeItIsAnInvalidTask(String instruction) {
        throughGateToLevel1(instruction);
        for (int limit : new int[]{0x11, 0x10}) { // SS1 ends at 11H
            leveled.atLevel(3);
            cpu.segments[Segment.TR].limit = limit;
            assertEquals(limit == 0x11 ? LeveledGuest.NONE : Vector.TS, leveled.step());
        }
        assertEquals(TinyGuest.TSS, leveled.errorCode());
        for (int selector = 0; selector < 4; selector++) {
            guest.put32(TinyGuest.TSS_AT + 16, selector);
            leveled.atLevel(3);
            assertEquals(Vector.TS, leveled.step());
            assertEquals(0, leveled.errorCode());
        }
    }
}
