package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** What RETF and IRET to an outer level make of the data segments (SDM volume 2, RET and IRET). */
@OnEachEngine
class OuterReturnTest {
    private static final int[] DATA_SEGMENTS = {Segment.ES, Segment.DS, Segment.FS, Segment.GS};
    private static final long ALL = 0xFFFF_FFFFL;
    private static final int DATA_OF_LEVEL_0 = 0xC093;
    private static final int DATA_OF_LEVEL_2 = 0xC0D3;
    private static final int DATA_OF_LEVEL_3 = 0xC0F3;
    private static final int CODE_OF_LEVEL_0 = 0xC09B;
    private static final int CONFORMING_OF_LEVEL_0 = 0xC09F;
    private static final int EXPANDS_DOWN_OF_LEVEL_0 = 0xC097;

    /** Eight bytes a slot, or four: RIP, CS, RFLAGS (of IRET), RSP, SS. */
    private static void frame(TinyGuest guest, String instruction, int bytes, int code, int stack) {
        long at = TinyGuest.STACK;
        long[] slots = instruction.endsWith("cf")
                ? new long[]{TinyGuest.USER_CODE, code, 2, TinyGuest.USER_STACK, stack}
                : new long[]{TinyGuest.USER_CODE, code, TinyGuest.USER_STACK, stack};
        for (long slot : slots) {
            guest.put64(at, slot);
            at += bytes;
        }
    }

    private static void load(TinyGuest guest, int attributes) {
        for (int number : DATA_SEGMENTS) {
            guest.cpu.segments[number].set(TinyGuest.GATE, 0x1000, ALL, attributes);
        }
    }

    private static void expect(TinyGuest guest, int attributes, boolean kept) {
        for (int number : DATA_SEGMENTS) {
            Segment segment = guest.cpu.segments[number];
            String what = "segment %d of attributes %x at level %d".formatted(number, attributes, guest.cpu.cpl);
            assertEquals(kept ? TinyGuest.GATE : 0, segment.selector, what);
            assertEquals(kept ? attributes : 0, segment.attributes, what);
        }
    }

    private static void toUser(TinyGuest guest, String instruction, int bytes, int code) {
        frame(guest, instruction, bytes, code, TinyGuest.USER_DATA);
        guest.step(instruction, 1);
        assertEquals(TinyGuest.USER_CODE, guest.register(Processor.RIP));
        assertEquals(3, guest.cpu.cpl);
    }

    private static boolean isKept(int attributes) {
        return attributes == CONFORMING_OF_LEVEL_0 || attributes == DATA_OF_LEVEL_3;
    }

    @ParameterizedTest
    @ValueSource(ints = {DATA_OF_LEVEL_0, DATA_OF_LEVEL_2, DATA_OF_LEVEL_3, CODE_OF_LEVEL_0, CONFORMING_OF_LEVEL_0,
        EXPANDS_DOWN_OF_LEVEL_0})
    void whatTheUserMayNotHaveIsDropped(int attributes) {
        for (String instruction : new String[]{"48 cb", "48 cf"}) { // retfq, iretq
            try (TinyGuest guest = TinyGuest.long64()) {
                load(guest, attributes);
                toUser(guest, instruction, 8, TinyGuest.USER_CODE_64);
                expect(guest, attributes, isKept(attributes));
            }
        }
        for (String instruction : new String[]{"cb", "cf"}) {
            try (TinyGuest guest = TinyGuest.protected32()) {
                load(guest, attributes);
                toUser(guest, instruction, 4, TinyGuest.USER_CODE_32);
                expect(guest, attributes, isKept(attributes));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"48 cb", "48 cf"})
    void levelTwoKeepsDataOfItsOwn(String instruction) {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.put64(TinyGuest.GDT_AT + TinyGuest.CODE_16, TinyGuest.descriptor(0, 0xFFFFF, 0xA0DB));
            guest.put64(TinyGuest.GDT_AT + TinyGuest.DATA_16, TinyGuest.descriptor(0, 0xFFFFF, DATA_OF_LEVEL_2));
            load(guest, DATA_OF_LEVEL_2);
            frame(guest, instruction, 8, TinyGuest.CODE_16 | 2, TinyGuest.DATA_16 | 2);
            guest.step(instruction, 1);
            assertEquals(2, guest.cpu.cpl);
            expect(guest, DATA_OF_LEVEL_2, true);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"48 cb", "48 cf"})
    void aReturnToTheSameLevelLeavesNullSelectorsAlone(String instruction) {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.cpu.segments[Segment.FS].set(3, 0x1234, 0, 0);
            frame(guest, instruction, 8, TinyGuest.CODE_64, TinyGuest.DATA);
            guest.step(instruction, 1);
            assertEquals(TinyGuest.USER_CODE, guest.register(Processor.RIP));
            assertEquals(3, guest.cpu.segments[Segment.FS].selector);
        }
    }
}
