package org.retrovisor.tools.travel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.gdbstub.debuggee.Breakpoint;
import org.retrovisor.gdbstub.debuggee.Condition;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.ProcessorId;
import org.retrovisor.gdbstub.debuggee.StepRange;
import org.retrovisor.gdbstub.debuggee.Stop;
import org.retrovisor.gdbstub.debuggee.StopPoints;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.debuggee.Watchpoint;
import org.retrovisor.gdbstub.features.Register;
import org.retrovisor.gdbstub.features.Registers;
import org.retrovisor.gdbstub.replayed.ReplayTarget;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.replay.Timeline;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What gdb is shown of a recorded guest, and where its stop points stop. */
@Timeout(120)
class ReplayTargetTest {
    private static final ProcessorId ONLY = new ProcessorId(0);

    @TempDir
    private static Path folder;

    private static Trace trace;
    private static Timeline timeline;
    private static ReplayTarget target;
    private static Processor cpu;

    @BeforeAll
    static void record() {
        Recording.of(EmbeddedGuest.SELFTEST, 600_000, folder.resolve("selftest.rv"));
        trace = Traces.open(folder.resolve("selftest.rv"));
        timeline = Timeline.open(trace, Interpreter::new, value -> {}, 1 << 26, 50_000, 1);
        target = new ReplayTarget(timeline);
        cpu = timeline.machine().processor(0);
    }

    @AfterAll
    static void close() {
        if (timeline != null) {
            timeline.close();
            trace.close();
        }
    }

    @BeforeEach
    void standInTheMiddle() {
        timeline.seek(500_000, () -> false);
    }

    private static byte[] register(String name) {
        return target.registers(ONLY).read(Registers.named(name)).orElseThrow();
    }

    private static long integer(String name) {
        return ByteBuffer.wrap(java.util.Arrays.copyOf(register(name), 8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    // ---------------------------------------------------------------- state

    @Test
    void everyRegisterThatAProcessorHasIsThereInItsSize() {
        Set<String> missing = Registers.ALL.stream()
                .filter(register -> !register.group().optional())
                .filter(register -> target.registers(ONLY).read(register).isEmpty())
                .map(Register::name)
                .collect(Collectors.toSet());
        assertEquals(Set.of("cr8", "apic_base", "tsc"), missing, "those belong to the platform");
        for (Register register : Registers.ALL) {
            target.registers(ONLY).read(register).ifPresent(value -> assertEquals(register.bytes(), value.length));
        }
    }

    @Test
    void registersHaveTheValuesOfTheirNamesakes() {
        for (int i = 0; i < 16; i++) {
            cpu.gpr[i] = 0x1111_2222_3333_0000L + i; // undone by the next seek
            cpu.xmm[2 * i] = 100 + i;
            cpu.xmm[2 * i + 1] = 200 + i;
        }
        String[] names = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split(" ", -1);
        for (int i = 0; i < names.length; i++) {
            assertEquals(0x1111_2222_3333_0000L + i, integer(names[i]));
            byte[] xmm = register("xmm" + i);
            assertEquals(100 + i, xmm[0]);
            assertEquals((byte) (200 + i), xmm[8]);
        }
        cpu.segments[Segment.GS].base = 0x1234_5678_9ABCL;
        cpu.segments[Segment.FS].base = 42;
        assertEquals(0x1234_5678_9ABCL, integer("gs_base"));
        assertEquals(42, integer("fs_base"));
        assertEquals(cpu.segments[Segment.TR].base, integer("tr_base"));
        assertEquals(cpu.cr3, integer("cr3"));
        assertEquals(cpu.gdtLimit, integer("gdtr_limit"));
        assertEquals(cpu.mxcsr, integer("mxcsr"));
        assertEquals(500_000, integer("moment"));
        goBackToTheTruth();
    }

    private static void goBackToTheTruth() {
        timeline.seek(499_999, () -> false);
    }

    @Test
    void floatingPointRegistersCountFromTheTopOfTheirStack() {
        cpu.fpu.setStatus(3 << 11);
        cpu.fpu.setPhysical(4, 0x8000_0000_0000_0000L, 0x3FFF);
        byte[] one = {0, 0, 0, 0, 0, 0, 0, (byte) 0x80, (byte) 0xFF, 0x3F};
        assertArrayEquals(one, register("st1"));
        goBackToTheTruth();
    }

    @Test
    void outsideSixtyFourBitModeTheProgramCounterIsTheLinearAddress() {
        timeline.seek(0, () -> false);
        assertEquals(cpu.gpr[Processor.RIP], integer("rip"), "the base is 0");
        cpu.segments[Segment.CS].base = 0x1000;
        assertEquals(cpu.gpr[Processor.RIP] + 0x1000, integer("rip"));
        assertTrue(target.describe(ONLY).startsWith("moment 0, 32-bit, kernel"), target.describe(ONLY));
        timeline.seek(1, () -> false);
        timeline.seek(0, () -> false);
    }

    @Test
    void memoryIsReadAsFarAsItIsMapped() {
        byte[] page = target.readMemory(ONLY, 0x20_0000, 8192);
        assertEquals(8192, page.length);
        assertArrayEquals(page, target.readPhysical(0x20_0000, 8192));
        assertEquals(16, target.readPhysical(Recording.MEMORY - 16, 64).length);
        assertThrows(TargetError.class, () -> target.readPhysical(Recording.MEMORY, 4));
        assertThrows(TargetError.class, () -> target.readMemory(ONLY, 0x1234_5678_0000_0000L, 4));
        TargetError error = assertThrows(TargetError.class, () -> target.readMemory(ONLY, 0x7000_0000_0000L, 4));
        assertEquals("no RAM is mapped at virtual address 0x700000000000", error.getMessage());
    }

    // ---------------------------------------------------------------- motion

    private static Breakpoint breakpoint(Breakpoint.Kind kind, long address, Condition condition) {
        return new Breakpoint(kind, address, condition);
    }

    @Test
    void ofTwoBreakpointsAtOneAddressTheOneWhoseConditionHoldsIsReported() {
        long here = integer("rip");
        Breakpoint never = breakpoint(Breakpoint.Kind.SOFTWARE, here, state -> false);
        Breakpoint always = breakpoint(Breakpoint.Kind.HARDWARE, here, Condition.ALWAYS);
        target.stepForward(ONLY, StepRange.ONE_INSTRUCTION, StopPoints.NONE, Interruption.NEVER);
        Stop stop = target.continueBackward(new StopPoints(List.of(never, always), List.of()), Interruption.NEVER);
        assertEquals(new Stop.AtBreakpoint(ONLY, always), stop);
        assertEquals(500_000, timeline.moment());
    }

    @Test
    void aConditionSeesTheStateOfTheMomentInQuestion() {
        long here = integer("rip");
        Breakpoint at = breakpoint(
                Breakpoint.Kind.SOFTWARE,
                here,
                state -> ByteBuffer.wrap(state.registers().read(Registers.MOMENT).orElseThrow())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getLong() == 500_000
                        && state.readMemory(here, 1).length == 1);
        StopPoints stops = new StopPoints(List.of(at), List.of());
        timeline.seek(510_000, () -> false);
        assertInstanceOf(Stop.AtBreakpoint.class, target.continueBackward(stops, Interruption.NEVER));
        assertEquals(500_000, timeline.moment());
        assertInstanceOf(Stop.EndOfTrace.class, target.continueForward(stops, Interruption.NEVER));
        timeline.seek(400_000, () -> false);
        assertInstanceOf(Stop.AtBreakpoint.class, target.continueForward(stops, Interruption.NEVER));
        assertEquals(500_000, timeline.moment());
    }

    @Test
    void aWatchpointTellsTheFirstByteThatWasTouched() {
        Watchpoint watch = new Watchpoint(Watchpoint.Kind.ACCESS, 0, Recording.MEMORY, Condition.ALWAYS);
        Stop stop = target.continueForward(new StopPoints(List.of(), List.of(watch)), Interruption.NEVER);
        Stop.AtWatchpoint at = assertInstanceOf(Stop.AtWatchpoint.class, stop);
        assertTrue(at.address() > 0 && at.address() < Recording.MEMORY, stop.toString());
        long moment = timeline.moment();
        assertEquals(stop, target.stepBackward(ONLY, new StopPoints(List.of(), List.of(watch)), Interruption.NEVER));
        assertEquals(moment - 1, timeline.moment());
    }

    @Test
    void aRangeIsSteppedUntilItIsLeftOrABreakpointInsideIsReached() {
        StepRange all = new StepRange(0, 0x7FFF_FFFF_FFFFL);
        assertInstanceOf(Stop.EndOfTrace.class, timelineTo(all));
        timeline.seek(500_010, () -> false);
        long next = integer("rip");
        standInTheMiddle();
        StopPoints stops = new StopPoints(
                List.of(breakpoint(Breakpoint.Kind.SOFTWARE, next, Condition.ALWAYS)), List.of());
        Stop stop = target.stepForward(ONLY, all, stops, Interruption.NEVER);
        assertEquals(new Stop.AtBreakpoint(ONLY, stops.breakpoints().getFirst()), stop);
        assertEquals(next, integer("rip"));
    }

    private static Stop timelineTo(StepRange range) {
        timeline.seek(timeline.end() - 1000, () -> false);
        return target.stepForward(ONLY, range, StopPoints.NONE, Interruption.NEVER);
    }

    @Test
    void aStepOntoTheLastMomentIsAStepAndTheNextOneMeetsTheEnd() {
        timeline.seek(timeline.end() - 1, () -> false);
        StepRange one = StepRange.ONE_INSTRUCTION;
        assertInstanceOf(Stop.Stepped.class, target.stepForward(ONLY, one, StopPoints.NONE, Interruption.NEVER));
        assertInstanceOf(Stop.EndOfTrace.class, target.stepForward(ONLY, one, StopPoints.NONE, Interruption.NEVER));
        timeline.seek(1, () -> false);
        assertInstanceOf(Stop.Stepped.class, target.stepBackward(ONLY, StopPoints.NONE, Interruption.NEVER));
        assertInstanceOf(Stop.BeginningOfTrace.class, target.stepBackward(ONLY, StopPoints.NONE, Interruption.NEVER));
        assertInstanceOf(Stop.BeginningOfTrace.class, target.continueBackward(StopPoints.NONE, Interruption.NEVER));
    }

    @Test
    void anInterruptedSearchBackwardReturnsToWhereItBegan() {
        int[] asked = new int[1];
        Interruption soon = () -> asked[0]++ > 3;
        StopPoints nowhere = new StopPoints(
                List.of(breakpoint(Breakpoint.Kind.SOFTWARE, integer("rip"), state -> false)), List.of());
        byte[] registers = register("rsp");
        assertInstanceOf(Stop.Interrupted.class, target.continueBackward(nowhere, soon));
        assertEquals(500_000, timeline.moment());
        assertArrayEquals(registers, register("rsp"));
        assertTrue(asked[0] > 3);
    }

    @Test
    void aConditionThatFailsLeavesTheGuestWhereItWas() {
        long here = integer("rip");
        Breakpoint broken = breakpoint(Breakpoint.Kind.SOFTWARE, here, state -> {
            throw new IllegalStateException("broken condition");
        });
        timeline.seek(500_001, () -> false);
        StopPoints stops = new StopPoints(List.of(broken), List.of());
        assertThrows(IllegalStateException.class, () -> target.continueBackward(stops, Interruption.NEVER));
        assertEquals(500_001, timeline.moment());
    }
}
