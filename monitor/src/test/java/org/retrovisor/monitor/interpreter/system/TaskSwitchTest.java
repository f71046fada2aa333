package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Task switches by hardware, in 32-bit protected mode. */
@OnEachEngine
class TaskSwitchTest {
    private static final long OTHER_TSS = 0x6800;
    private static final long OTHER_CODE = 0x3_8000;
    private static final long OTHER_STACK = 0x1_C000;
    private static final int OTHER = TinyGuest.GATE;
    private static final int TASK_GATE = TinyGuest.GATE + 8;
    private static final String CALL_OTHER = "9a 00000000 4800";
    private static final String JUMP_OTHER = "ea 00000000 4800";
    private static final String CALL_GATE = "9a 00000000 5000";
    private static final int BUSY = 2;

    private TinyGuest guest;

    @BeforeEach
    void twoTasks() {
        twoTasks(ModelChange.currentVersion());
    }

    private void twoTasks(int version) {
        guest = TinyGuest.protected32(CpuModel.V2, version);
        guest.put64(TinyGuest.GDT_AT + TinyGuest.TSS, TinyGuest.descriptor(TinyGuest.TSS_AT, 0x1FF, 0x008B));
        guest.put64(TinyGuest.GDT_AT + OTHER, TinyGuest.descriptor(OTHER_TSS, 0x67, 0x0089));
        guest.put64(TinyGuest.GDT_AT + TASK_GATE, (long) OTHER << 16 | 0x8500L << 32);
        guest.put32(OTHER_TSS + 0x20, OTHER_CODE);
        guest.put32(OTHER_TSS + 0x24, 2);
        guest.put32(OTHER_TSS + 0x28, 0x1111_1111);
        guest.put32(OTHER_TSS + 0x38, OTHER_STACK);
        for (int slot = 0x48; slot <= 0x5C; slot += 4) {
            guest.put32(OTHER_TSS + slot, slot == 0x4C ? TinyGuest.CODE_32 : TinyGuest.DATA);
        }
        guest.put(OTHER_CODE, "f4");
    }

    @AfterEach
    void close() {
        guest.close();
    }

    private int access(int selector) {
        return guest.get32(TinyGuest.GDT_AT + selector + 5) & 0xFF;
    }

    private int task() {
        return guest.cpu.segments[Segment.TR].selector;
    }

    @Test
    void aCallNestsTheNewTaskInTheOldOne() {
        guest.cpu.gpr[Processor.RBX] = 0x2222_2222;
        guest.run(CALL_OTHER);
        assertEquals(OTHER_CODE + 1, guest.register(Processor.RIP));
        assertEquals(0x1111_1111, guest.register(Processor.RAX));
        assertEquals(OTHER_STACK, guest.register(Processor.RSP));
        assertEquals(OTHER, task());
        assertTrue((guest.cpu.rflags() & Control.NT) != 0);
        assertTrue((guest.cpu.cr0 & Control.CR0_TS) != 0);
        assertEquals(TinyGuest.TSS, guest.get16(OTHER_TSS), "the link");
        assertEquals(TinyGuest.CODE + 7, guest.get32(TinyGuest.TSS_AT + 0x20), "EIP of the old task");
        assertEquals(0x2222_2222, guest.get32(TinyGuest.TSS_AT + 0x34), "its EBX");
        assertEquals(TinyGuest.DATA, guest.get16(TinyGuest.TSS_AT + 0x50), "its SS");
        assertTrue((access(TinyGuest.TSS) & BUSY) != 0 && (access(OTHER) & BUSY) != 0, "both are busy");
    }

    @Test
    void iretGoesBackAndLeavesTheTaskAvailable() {
        guest.put(OTHER_CODE, "cf");
        guest.cpu.gpr[Processor.RBX] = 5;
        guest.run(CALL_OTHER + "f4");
        assertEquals(TinyGuest.CODE + 8, guest.register(Processor.RIP));
        assertEquals(5, guest.register(Processor.RBX));
        assertEquals(TinyGuest.TSS, task());
        assertFalse((guest.cpu.rflags() & Control.NT) != 0);
        assertEquals(0, access(OTHER) & BUSY);
        assertEquals(0, guest.get32(OTHER_TSS + 0x24) & Control.NT, "NT is not saved");
        assertEquals(OTHER_CODE + 1, guest.get32(OTHER_TSS + 0x20));
    }

    @Test
    void aJumpLeavesTheOldTaskAvailableAndMakesNoLink() {
        guest.put32(OTHER_TSS, 0xABCD).run(JUMP_OTHER);
        assertEquals(0, access(TinyGuest.TSS) & BUSY);
        assertEquals(0xABCD, guest.get16(OTHER_TSS));
        assertEquals(0, guest.cpu.rflags() & Control.NT);
    }

    @Test
    void aTaskGateLeadsToItsTask() {
        guest.run(CALL_GATE);
        assertEquals(OTHER, task());
    }

    @Test
    void aTaskGateTakesExceptionsWithTheirErrorCode() {
        guest.put64(TinyGuest.IDT_AT + 8L * Vector.GP, (long) OTHER << 16 | 0x8500L << 32);
        guest.run("b8 00020000 8e d8"); // mov ds, 200h
        assertEquals(OTHER, task());
        assertEquals(OTHER_STACK - 4, guest.register(Processor.RSP));
        assertEquals(0x200, guest.slot32(0));
        assertEquals(TinyGuest.CODE + 5, guest.get32(TinyGuest.TSS_AT + 0x20), "the instruction that faulted");
    }

    @Test
    void aBusyTaskIsRefusedAndNothingChanges() {
        guest.put64(TinyGuest.GDT_AT + OTHER, TinyGuest.descriptor(OTHER_TSS, 0x67, 0x008B));
        guest.run(CALL_OTHER).expectVector(Vector.GP);
        assertEquals(OTHER, guest.slot32(0));
        assertEquals(TinyGuest.TSS, task());
        assertEquals(0, guest.get32(TinyGuest.TSS_AT + 0x20));
    }

    @Test
    void aTaskThatIsNotPresentOrTooShortIsRefused() {
        guest.put64(TinyGuest.GDT_AT + OTHER, TinyGuest.descriptor(OTHER_TSS, 0x67, 0x0009));
        guest.run(CALL_OTHER).expectVector(Vector.NP);
        guest.put64(TinyGuest.GDT_AT + OTHER, TinyGuest.descriptor(OTHER_TSS, 0x66, 0x0089));
        guest.cpu.gpr[Processor.RIP] = TinyGuest.CODE;
        guest.cpu.halted = false;
        guest.run(CALL_OTHER).expectVector(Vector.TS);
        assertEquals(OTHER, guest.slot32(0));
    }

    @Test
    void aUserNeedsThePrivilegeOfTheTask() {
        guest.asUser32().run(CALL_OTHER).expectVector(Vector.GP);
        assertEquals(OTHER, guest.slot32(0));
    }

    @Test
    void badSegmentsAreFaultsOfTheNewTask() {
        guest.put32(OTHER_TSS + 0x54, TinyGuest.ABSENT_DATA); // DS
        guest.run(CALL_OTHER).expectVector(Vector.NP);
        assertEquals(OTHER, task(), "the handler runs in the new task");
        assertEquals(TinyGuest.ABSENT_DATA, guest.slot32(0));
        assertEquals(OTHER_CODE, guest.slot32(1), "EIP is the new task's");
        assertTrue((access(OTHER) & BUSY) != 0);
    }

    @Test
    void aTaskWithoutCodeHasNoStackForTheHandlerEither() {
        guest.put32(OTHER_TSS + 0x4C, TinyGuest.DATA);
        assertEquals(StopReason.TRIPLE_FAULT, guest.stop(CALL_OTHER));
        assertEquals(OTHER, task());
    }

    @ParameterizedTest
    @ValueSource(strings = {CALL_OTHER, JUMP_OTHER, CALL_GATE})
    void theDebugBitTrapsInTheNewTask(String instruction) {
        guest.put32(OTHER_TSS + 0x64, 1).run(instruction).expectVector(Vector.DB);
        assertEquals(OTHER_CODE, guest.slot32(0));
        assertEquals(0, guest.slot32(2) & Control.RF, "a trap, no fault");
        assertEquals(0xFFFF_8FF0L, guest.cpu.dr[6], "DR6.BT");
    }

    @Test
    void theDebugBitOfTheTaskThatIretGoesBackToTraps() {
        guest.put32(TinyGuest.TSS_AT + 0x64, 1).put(OTHER_CODE, "cf");
        guest.run(CALL_OTHER + "f4").expectVector(Vector.DB);
        assertEquals(TinyGuest.CODE + 7, guest.slot32(0));
        assertEquals(0xFFFF_8FF0L, guest.cpu.dr[6]);
    }

    /** Its handler comes first, on top of the error code. */
    @Test
    void theDebugBitTrapsBehindTheDeliveryOfAnException() {
        guest.put64(TinyGuest.IDT_AT + 8L * Vector.GP, (long) OTHER << 16 | 0x8500L << 32);
        guest.put32(OTHER_TSS + 0x64, 1).run("b8 00020000 8e d8").expectVector(Vector.DB); // mov ds, 200h
        assertEquals(OTHER_STACK - 16, guest.register(Processor.RSP));
        assertEquals(OTHER_CODE, guest.slot32(0));
        assertEquals(0, guest.slot32(2) & Control.RF);
        assertEquals(0x200, guest.slot32(3), "the error code of #GP");
    }

    /** As a fault, and instead of the error code. */
    @Test
    void theDebugBitOfEarlierVersionsFaulted() {
        setUpAgain(3);
        guest.put64(TinyGuest.IDT_AT + 8L * Vector.GP, (long) OTHER << 16 | 0x8500L << 32);
        guest.put32(OTHER_TSS + 0x64, 1).run("b8 00020000 8e d8").expectVector(Vector.DB);
        assertEquals(OTHER_STACK - 12, guest.register(Processor.RSP));
        assertEquals(Control.RF, guest.slot32(2) & Control.RF);
    }

    @ParameterizedTest
    @ValueSource(strings = {CALL_OTHER, JUMP_OTHER})
    void aSwitchClearsTheLocalBreakpoints(String instruction) {
        guest.cpu.dr[7] = 0x7FF;
        guest.run(instruction);
        assertEquals(0x6AA, guest.cpu.dr[7], "L0 to L3 and LE are clear, G0 to G3 and GE as before");
    }

    @Test
    void iretToAnotherTaskClearsTheLocalBreakpointsToo() {
        guest.put(OTHER_CODE, "b8 ff070000 0f 23 f8 cf"); // mov eax, 7ffh; mov dr7, eax; iret
        guest.cpu.dr[0] = guest.cpu.dr[1] = guest.cpu.dr[2] = guest.cpu.dr[3] = 0x1_0000;
        guest.run(CALL_OTHER + "f4");
        assertEquals(0x6AA, guest.cpu.dr[7]);
    }

    @Test
    void breakpointsThatAreNotLocalHoldInTheNewTask() {
        guest.cpu.dr[0] = OTHER_CODE;
        breakpoints(1);
        guest.run(CALL_OTHER);
        assertEquals(OTHER_CODE + 1, guest.register(Processor.RIP), "the local one is gone");
        setUpAgain(ModelChange.currentVersion());
        guest.cpu.dr[0] = OTHER_CODE;
        breakpoints(2);
        guest.run(CALL_OTHER).expectVector(Vector.DB);
        assertEquals(OTHER_CODE, guest.slot32(0));
    }

    private void breakpoints(int enabled) {
        guest.cpu.gpr[Processor.RAX] = enabled;
        guest.step("0f 23 f8", 1); // mov dr7, eax
        guest.cpu.gpr[Processor.RIP] = TinyGuest.CODE;
    }

    private void setUpAgain(int version) {
        guest.close();
        twoTasks(version);
    }

    @Test
    void sixteenBitTasksSaveHalfOfTheRegisters() {
        guest.put64(TinyGuest.GDT_AT + OTHER, TinyGuest.descriptor(OTHER_TSS, 0x2B, 0x0081));
        guest.put(OTHER_TSS + 0x0E, "0080" + "0200" + "3412"); // IP, FLAGS, AX
        guest.put(OTHER_TSS + 0x1A, "00c0"); // SP
        guest.put(OTHER_TSS + 0x22, "1000 3000 1000 1000 0000");
        guest.put(0x8000, "f4").run(JUMP_OTHER);
        assertEquals(0x8001, guest.register(Processor.RIP));
        assertEquals(0xFFFF_1234L, guest.register(Processor.RAX));
    }

    @Test
    void iretToATaskThatIsNotBusyIsAnInvalidTask() {
        guest.put32(TinyGuest.TSS_AT, OTHER);
        guest.cpu.systemFlags |= Control.NT;
        guest.run("cf").expectVector(Vector.TS);
        assertEquals(OTHER, guest.slot32(0));
    }

    @Test
    void longModeKnowsNoTasks() {
        try (TinyGuest wide = TinyGuest.long64()) {
            wide.put64(TinyGuest.GDT_AT + OTHER, TinyGuest.descriptor(OTHER_TSS, 0x67, 0x0089));
            wide.put64(TinyGuest.GDT_AT + OTHER + 8, 0);
            wide.put(0x3_9000, "00000000 4800").put64(TinyGuest.STACK + 8, 0);
            wide.run("ff 2c 25 00900300").expectVector(Vector.GP); // jmp far [39000h]
            assertEquals(OTHER, wide.slot(0));
        }
    }

    /** A task gate for a vector, to the other task. */
    private void taskGate(int vector) {
        guest.put64(TinyGuest.IDT_AT + 8L * vector, (long) OTHER << 16 | 0x8500L << 32);
    }

    /** SDM volume 3, section 27.3.3: as the image that another gate would push. */
    @ParameterizedTest
    @CsvSource({"5, true", "4, false"})
    void aFaultLeavesItsTaskWithTheResumeFlag(int version, boolean flag) {
        setUpAgain(version);
        taskGate(Vector.GP);
        guest.run("b8 00020000 8e d8"); // mov ds, 200h
        assertEquals(flag ? Control.RF | 2 : 2, guest.get32(TinyGuest.TSS_AT + 0x24));
        assertEquals(0, guest.cpu.systemFlags & Control.RF, "the new task has its own");
    }

    @ParameterizedTest
    @CsvSource({"5, true", "4, false"})
    void anInterruptBetweenTwoIterationsLeavesItsTaskWithTheResumeFlag(int version, boolean flag) {
        setUpAgain(version);
        taskGate(0x40);
        guest.cpu.setRflags(Control.IF);
        guest.cpu.gpr[Processor.RCX] = 3;
        guest.cpu.gpr[Processor.RDI] = 0x1_0000;
        guest.boundary.arrive(2, new Arrival.Interrupt(0x40));
        guest.run("f3 aa"); // rep stosb
        assertEquals(OTHER, task());
        assertEquals(flag ? Control.RF : 0, guest.get32(TinyGuest.TSS_AT + 0x24) & Control.RF);
    }

    @ParameterizedTest
    @ValueSource(strings = {"90 90 90", "cd 40", CALL_OTHER})
    void whatIsNoFaultLeavesItsTaskWithoutTheResumeFlag(String code) {
        taskGate(0x40);
        guest.cpu.setRflags(Control.IF);
        guest.boundary.arrive(2, new Arrival.Interrupt(0x40));
        guest.run(code);
        assertEquals(OTHER, task());
        assertEquals(Control.IF | 2, guest.get32(TinyGuest.TSS_AT + 0x24));
    }

    /** A debug exception is benign: it comes behind the double fault, and is not the third one that is too much. */
    @Test
    void theDebugBitTrapsBehindTheDeliveryOfADoubleFault() {
        doubleFaultToADebuggedTask();
        guest.run("cd 41").expectVector(Vector.DB);
        assertEquals(OTHER, task());
        assertEquals(OTHER_CODE, guest.slot32(0));
        assertEquals(0, guest.slot32(3), "the error code of #DF");
    }

    @Test
    void theDebugBitOfEarlierVersionsShutDownBehindADoubleFault() {
        setUpAgain(4);
        doubleFaultToADebuggedTask();
        assertEquals(StopReason.TRIPLE_FAULT, guest.stop("cd 41"));
    }

    /** The gate of 41H is not there, nor is the one of #NP. */
    private void doubleFaultToADebuggedTask() {
        taskGate(Vector.DF);
        guest.gate32(0x41, 0x0E00).gate32(Vector.NP, 0x0E00);
        guest.put32(OTHER_TSS + 0x64, 1);
    }
}
