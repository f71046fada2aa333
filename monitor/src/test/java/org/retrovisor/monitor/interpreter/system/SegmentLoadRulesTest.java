package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Loads of segment registers, with every type, level and presence of a descriptor, every requested level, at every level (SDM volume 2,
 * MOV; volume 3, sections 5.4 to 5.6).
 */
@OnEachEngine
class SegmentLoadRulesTest extends LeveledGuestTest {
    private static final int ACCESSED = 1;

    private static int ofData(int access, int requested, int level) {
        boolean tooPrivileged = !LeveledGuest.isConforming(access)
                && Math.max(requested, level) > LeveledGuest.dpl(access);
        if (!LeveledGuest.isReadable(access) || tooPrivileged) {
            return Vector.GP;
        }
        return LeveledGuest.present(access) ? LeveledGuest.NONE : Vector.NP;
    }

    private static int ofStack(int access, int requested, int level) {
        if (requested != level || LeveledGuest.dpl(access) != level || !LeveledGuest.isWritableData(access)) {
            return Vector.GP;
        }
        return LeveledGuest.present(access) ? LeveledGuest.NONE : Vector.SS;
    }

    private void check(int access, int requested, int level, int segment, int expected) {
        int selector = LeveledGuest.TESTED | requested;
        String what = "segment %d of access %02x, RPL %d, at level %d".formatted(segment, access, requested, level);
        leveled.test(access).atLevel(level);
        leveled.cpu.gpr[Processor.RAX] = selector;
        assertEquals(expected, leveled.step(), what);
        int left = leveled.guest.get32(TinyGuest.GDT_AT + LeveledGuest.TESTED + 5) & 0xFF;
        if (expected == LeveledGuest.NONE) {
            assertEquals(selector, leveled.cpu.segments[segment].selector, what);
            assertEquals(0xC000 | access | ACCESSED, leveled.cpu.segments[segment].attributes, what);
            assertEquals(access | ACCESSED, left, what);
        } else {
            assertEquals(LeveledGuest.TESTED, leveled.errorCode(), what);
            assertEquals(access, left, what);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void dataSegmentsAreLoadedByTheseRules(int level) {
        leveled.guest.put(TinyGuest.CODE, "8e d8"); // mov ds, eax
        for (int access : LeveledGuest.accesses()) {
            for (int requested = 0; requested < 4; requested++) {
                check(access, requested, level, Segment.DS, ofData(access, requested, level));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void stackSegmentsAreLoadedByTheseRules(int level) {
        leveled.guest.put(TinyGuest.CODE, "8e d0"); // mov ss, eax
        for (int access : LeveledGuest.accesses()) {
            for (int requested = 0; requested < 4; requested++) {
                check(access, requested, level, Segment.SS, ofStack(access, requested, level));
            }
        }
    }

    /** The table must hold all eight bytes of a descriptor. */
    @ParameterizedTest
    @ValueSource(ints = {0, 4}) // in the GDT, in the LDT
    void aTableEndsWithTheLastByteOfADescriptor(int table) {
        leveled.guest.put(TinyGuest.CODE, "8e d8");
        for (int missing = 0; missing < 9; missing++) {
            leveled.test(0x93).atLevel(0);
            int limit = LeveledGuest.TESTED + 7 - missing;
            leveled.cpu.gdtLimit = table == 0 ? limit : 0xFF;
            leveled.cpu.segments[Segment.LDTR].set(0x60, TinyGuest.GDT_AT, limit, 0x82);
            leveled.cpu.gpr[Processor.RAX] = LeveledGuest.TESTED | table;
            assertEquals(missing == 0 ? LeveledGuest.NONE : Vector.GP, leveled.step(), missing + " bytes are missing");
        }
    }
}
