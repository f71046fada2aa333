package org.retrovisor.monitor.interpreter.system;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Delivery;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Every fault that a program can raise, while whose delivery another is raised (SDM volume 3, tables 6-4 and 6-5). */
@OnEachEngine
class DoubleFaultTest {
    private static final long NON_CANONICAL = (1L << 47) + 0x1000;
    private static final long TSS_IST = TinyGuest.TSS_AT + 0x24;
    private static final int SHORT_LIMIT = 0x24 + 6 * 8 - 1;

    /** An instruction that raises a fault; all but INT 80H by themselves. */
    enum First {
        DIVIDE(Vector.DE, "31 c9 f7 f1"), // xor ecx, ecx; div ecx
        UNDEFINED(Vector.UD, "0f 0b"), NO_MATH(Vector.NM, "9b"), // fwait, with TS and MP
        INVALID_TASK(Vector.TS, "cd 80"), // to a stack that the TSS does not reach
        NOT_PRESENT(Vector.NP, "b8 58 00 00 00 8e d8"), // mov ds, absent
        STACK(Vector.SS, "48 b8 00 00 00 00 00 80 00 00 48 89 c5 8b 45 00"), // mov ebp, non-canonical; mov eax, [rbp]
        PROTECTION(Vector.GP, "b8 ff 00 00 00 8e d8"), // mov ds, ffh
        PAGE(Vector.PF, "8b 04 25 00 00 60 00"); // mov eax, [not present]

        private final int vector;
        private final String code;

        First(int vector, String code) {
            this.vector = vector;
            this.code = code;
        }

        boolean contributory() {
            return this != UNDEFINED && this != NO_MATH && this != PAGE;
        }
    }

    /** What is wrong with a gate: type and stack number of a handler that cannot be entered. */
    enum Second {
        INVALID_TASK(Vector.TS, 0x8E00, 7), NOT_PRESENT(Vector.NP, 0x0E00, 1), STACK(Vector.SS, 0x8E00,
                2), PROTECTION(Vector.GP, 0x8500, 1), PAGE(Vector.PF, 0x8E00, 3);

        private final int vector;
        private final int type;
        private final int stack;

        Second(int vector, int type, int stack) {
            this.vector = vector;
            this.type = type;
            this.stack = stack;
        }
    }

    private static TinyGuest guest() {
        TinyGuest guest = TinyGuest.long64();
        for (int vector = 0; vector < 32; vector++) {
            guest.gate64(vector, 0x8E00, 1);
        }
        guest.gate64(0x80, 0x8E00, 7);
        guest.put64(TSS_IST + 8, NON_CANONICAL).put64(TSS_IST + 16, TinyGuest.NOT_PRESENT + 0x1000);
        guest.cpu.segments[Segment.TR].limit = SHORT_LIMIT;
        guest.cpu.cr0 |= 10; // TS and MP
        return guest;
    }

    private static Stream<Object[]> pairs() {
        return Arrays.stream(First.values())
                .flatMap(first -> Arrays.stream(Second.values()).map(second -> new Object[]{first, second}));
    }

    private static int expected(First first, Second second) {
        boolean doubled = first == First.PAGE || first.contributory() && second != Second.PAGE;
        return doubled ? Vector.DF : second.vector;
    }

    @ParameterizedTest
    @EnumSource(First.class)
    void aFaultByItselfIsDelivered(First first) {
        try (TinyGuest guest = guest()) {
            guest.run(first.code).expectVector(first.vector);
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void theClassesOfBothDecide(First first, Second second) {
        try (TinyGuest guest = guest()) {
            guest.gate64(first.vector, second.type, second.stack);
            int vector = expected(first, second);
            guest.run(first.code).expectVector(vector);
            if (vector == Vector.DF) {
                assertEquals(0, guest.slot(0), "error code");
            }
            if (second == Second.PAGE) {
                assertEquals(TinyGuest.NOT_PRESENT + 0x1000 - 8, guest.cpu.cr2);
            }
        }
    }

    /** First a contributory fault, then a page fault, then what is wrong with the gate of that. */
    @ParameterizedTest
    @EnumSource(Second.class)
    void aPageFaultDeliveredInPlaceOfAnotherFaultCountsAsTheFirst(Second third) {
        try (TinyGuest guest = guest()) {
            guest.gate64(Vector.GP, Second.PAGE.type, Second.PAGE.stack).gate64(Vector.PF, third.type, third.stack);
            guest.run(First.PROTECTION.code).expectVector(Vector.DF);
        }
    }

    @ParameterizedTest
    @EnumSource(Second.class)
    void nothingComesAfterADoubleFault(Second third) {
        try (TinyGuest guest = guest()) {
            guest.gate64(Vector.PF, 0x0E00, 1).gate64(Vector.DF, third.type, third.stack);
            assertEquals(StopReason.TRIPLE_FAULT, guest.stop(First.PAGE.code));
            assertEquals(TinyGuest.CODE, guest.register(Processor.RIP));
        }
    }

    /** Also for those that these programs cannot raise: all but #DE, #TS, #NP, #SS, #GP and #PF are benign. */
    @ParameterizedTest
    @ValueSource(ints = {Vector.DE, Vector.DB, Vector.BP, Vector.OF, Vector.BR, Vector.UD, Vector.NM, Vector.TS,
        Vector.NP,
        Vector.SS, Vector.GP, Vector.PF, Vector.MF, Vector.AC, Vector.MC, Vector.XM})
    void theClassOfEachVectorIsThatOfTheTable(int first) {
        Set<Integer> contributory = Set.of(Vector.DE, Vector.TS, Vector.NP, Vector.SS, Vector.GP);
        for (Second second : Second.values()) {
            try (TinyGuest guest = guest()) {
                guest.gate64(first, second.type, second.stack);
                boolean doubled = first == Vector.PF || contributory.contains(first) && second != Second.PAGE;
                int expected = doubled ? Vector.DF : second.vector;
                boolean alive = Delivery.fault(guest.cpu, guest.cpu.fault(first));
                assertTrue(alive, second.name());
                assertEquals(TinyGuest.handler(expected), guest.register(Processor.RIP), second.name());
            }
        }
    }
}
