package org.retrovisor.monitor.x87;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.interpreter.SingleSteps;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Availability, pending exceptions, faults of memory operands, and the pointers to the last instruction. */
class X87FaultsTest {
    private static final int NO_FAULT = -1;
    private static final long NOT_CANONICAL = 1L << 62;
    private static final int DATA = 0x3000;

    private static SingleSteps steps;
    private static Processor cpu;
    private static long cr0;

    @BeforeAll
    static void open() {
        steps = new SingleSteps();
        cpu = steps.cpu;
        cr0 = cpu.cr0;
    }

    @BeforeEach
    void initialise() {
        cpu.cr0 = cr0;
        cpu.fpu.reset();
        cpu.fpu.initialize();
        cpu.gpr[Processor.RSI] = DATA;
        cpu.gpr[Processor.RIP] = 0x1000;
    }

    @AfterAll
    static void close() {
        steps.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"D9E8", "D906", "DD1E", "DBE3", "D93E", "DFE0", "DD36", "D926"})
    void everyInstructionAsksForTheUnit(String bytes) {
        cpu.cr0 |= Control.CR0_TS;
        assertEquals(Vector.NM, steps.faultOf(bytes));
        cpu.cr0 = cpu.cr0 & ~Control.CR0_TS | Control.CR0_EM;
        assertEquals(Vector.NM, steps.faultOf(bytes));
    }

    @Test
    void fwaitAsksForTheUnitOnlyWhenMpAndTsAreSet() {
        cpu.cr0 |= Control.CR0_EM;
        assertEquals(NO_FAULT, steps.faultOf("9B"));
        cpu.cr0 |= Control.CR0_TS;
        assertEquals(NO_FAULT, steps.faultOf("9B"));
        cpu.cr0 |= Control.CR0_MP;
        assertEquals(Vector.NM, steps.faultOf("9B"));
    }

    private void leaveDivisionByZeroPending() {
        cpu.fpu.setControl(X87Bits.INITIAL_CONTROL & ~X87Bits.ZE);
        steps.execute("D9EE"); // fldz
        steps.execute("D9E8"); // fld1
        steps.execute("D8F1"); // fdiv st0, st1
    }

    @ParameterizedTest
    @ValueSource(strings = {"9B", "D9E8", "D906", "D91E", "D9D0", "D92E", "D926", "DD26", "DDC0", "D9F7", "D9E5"})
    void aPendingExceptionIsRaisedByTheNextWaitingInstruction(String bytes) {
        leaveDivisionByZeroPending();
        long fip = cpu.fpu.instructionPointer();
        assertEquals(Vector.MF, steps.faultOf(bytes));
        assertEquals(fip, cpu.fpu.instructionPointer());
    }

    @ParameterizedTest
    @ValueSource(strings = {"DBE2", "DBE3", "D93E", "DD3E", "DFE0", "D936", "DD36", "DBE0"})
    void instructionsWithoutWaitLetAnExceptionPend(String bytes) {
        leaveDivisionByZeroPending();
        assertEquals(NO_FAULT, steps.faultOf(bytes));
    }

    @Test
    void unmaskingAFlagThatIsSetMakesItPendAndClearingItDoesNot() {
        leaveDivisionByZeroPending();
        assertEquals(X87Bits.ES | X87Bits.BUSY, cpu.fpu.status() & (X87Bits.ES | X87Bits.BUSY));
        steps.execute("DBE2"); // fnclex
        assertEquals(0, cpu.fpu.status() & (X87Bits.ES | X87Bits.BUSY | X87Bits.EXCEPTIONS));
        assertEquals(NO_FAULT, steps.faultOf("9B"));
        cpu.fpu.setStatus(X87Bits.PE);
        assertEquals(NO_FAULT, steps.faultOf("9B"));
        cpu.fpu.setControl(X87Bits.INITIAL_CONTROL & ~X87Bits.PE);
        assertEquals(Vector.MF, steps.faultOf("9B"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"D91E", "DD1E", "DB3E", "DF36", "DF3E", "DD0E", "D906", "DC06", "DB2E", "DF26", "DD36",
        "DD26", "D936"})
    void aFaultOfTheMemoryOperandLeavesTheUnitAsItWas(String bytes) {
        steps.execute("D9EB"); // fldpi
        String before = state();
        cpu.gpr[Processor.RSI] = NOT_CANONICAL;
        assertEquals(Vector.GP, steps.faultOf(bytes));
        assertEquals(before, state());
    }

    private String state() {
        byte[] image = new byte[512];
        X87Images.fxsave(cpu.fpu, true, image, 0);
        return java.util.HexFormat.of().formatHex(image);
    }

    @Test
    void theLastInstructionAndItsOperandAreRemembered() {
        steps.execute("D94608"); // fld dword [rsi+8]
        assertEquals(0x146, cpu.fpu.opcode());
        assertEquals(0x1000, cpu.fpu.instructionPointer());
        assertEquals(DATA + 8, cpu.fpu.dataPointer());
        steps.execute("D9FA"); // fsqrt
        assertEquals(0x1FA, cpu.fpu.opcode());
        assertEquals(0x1003, cpu.fpu.instructionPointer());
        assertEquals(DATA + 8, cpu.fpu.dataPointer());
        steps.execute("D93E"); // fnstcw [rsi]: a control instruction
        assertEquals(0x1003, cpu.fpu.instructionPointer());
    }

    @Test
    void rexDoesNotExtendStackRegisters() {
        steps.execute("D9E8"); // fld1
        steps.execute("D9EE"); // fldz
        steps.execute("41D9C9"); // fxch st1 with REX.B
        assertEquals(16383, cpu.fpu.signExponent(0));
    }

    @Test
    void mmxRegistersAreTheSignificandsOfThePhysicalRegisters() {
        steps.execute("D9E8"); // fld1, into physical register 7
        assertEquals(1L << 63, cpu.fpu.mmx(7));
        cpu.fpu.setMmx(7, 42);
        cpu.fpu.enterMmx();
        assertEquals(0, cpu.fpu.top());
        assertEquals(0xFF, cpu.fpu.abridgedTag());
        assertEquals(0xFFFF, cpu.fpu.signExponent(7));
        assertEquals(42, cpu.fpu.significand(7));
        cpu.fpu.leaveMmx();
        assertEquals(0xFFFF, cpu.fpu.tag());
    }

    @Test
    void powerOnLeavesZerosInEveryRegisterAndNoException() {
        X87State state = new X87State();
        assertEquals(0x0040, state.control());
        assertEquals(0x0000, state.status());
        assertEquals(0x5555, state.tag());
    }
}
