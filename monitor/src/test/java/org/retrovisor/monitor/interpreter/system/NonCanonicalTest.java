package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Addresses that are not canonical, as targets of jumps and as operands; all of it is what silicon does. */
@OnEachEngine
class NonCanonicalTest {
    private static final long OUTSIDE = 0x4141_4141_4141_4141L;
    private static final long POINTER = 0x5_0000;
    private static final long UNTOUCHED = 0x1122_3344_5566_7788L;
    private static final long LAST = 0x7FFF_FFFF_FFFCL;

    private final TinyGuest guest = TinyGuest.long64(CpuModel.V3);
    private final Processor cpu = guest.cpu;

    @AfterEach
    void close() {
        guest.close();
    }

    /** The return address on the stack, RAX and what RBX points at are all outside. */
    @ParameterizedTest
    @ValueSource(strings = {"c3", "c2 10 00", "f3 c3", "ff e0", "ff 23", "ff d0", "ff 13", "41 ff e4", "3e ff e0"})
    void aJumpIsWhatFaultsAndChangesNothing(String jump) {
        guest.gate64(Vector.GP, 0x8E00, 1);
        cpu.gpr[Processor.RAX] = OUTSIDE;
        cpu.gpr[Processor.RBX] = POINTER;
        cpu.gpr[12] = OUTSIDE;
        guest.put64(POINTER, OUTSIDE).put64(TinyGuest.STACK, OUTSIDE).put64(TinyGuest.STACK - 8, UNTOUCHED);
        long before = guest.machine.moment();
        guest.run("90 90" + jump).expectVector(Vector.GP);
        assertEquals(0, guest.slot(0));
        assertEquals(TinyGuest.CODE + 2, guest.slot(1), "RIP");
        assertEquals(TinyGuest.STACK, guest.slot(4), "RSP");
        assertEquals(UNTOUCHED, guest.get64(TinyGuest.STACK - 8), "what a call would have written over");
        assertEquals(before + 4, guest.machine.moment(), "two NOPs, the fault and HLT");
    }

    /** Eight bytes of which the first four are canonical; the page of these is not present. */
    @ParameterizedTest
    @CsvSource({"48 8b 03, 13", "48 89 03, 13", "48 01 03, 13", "0f 10 03, 13", "0f 11 03, 13", "c5 fc 10 43 f0, 13",
        "dd 03, 13", "c3, 12", "58, 12", "48 ab, 13", "48 a5, 13"})
    void anOperandThatEndsOutsideIsNotLookedUp(String instruction, int vector) {
        cpu.cr0 |= Control.CR0_NE;
        cpu.cr4 |= Control.CR4_OSFXSR | Control.CR4_OSXSAVE;
        cpu.xcr0 = 7;
        guest.gate64(Vector.SS, 0x8E00, 1).gate64(Vector.GP, 0x8E00, 1).gate64(Vector.PF, 0x8E00, 1);
        cpu.gpr[Processor.RBX] = LAST;
        cpu.gpr[Processor.RDI] = LAST;
        cpu.gpr[Processor.RSI] = TinyGuest.STACK;
        cpu.gpr[Processor.RSP] = vector == Vector.SS ? LAST : TinyGuest.STACK;
        guest.run(instruction).expectVector(vector);
        assertEquals(0, guest.slot(0));
        assertEquals(TinyGuest.CODE, guest.slot(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff 33", "8f 03", "ff 13", "ff 35 00 10 00 00"}) // push, pop, call [rbx]; push [rip + 4096]
    void theStackOfAnInstructionWithAnOperandInMemoryIsAStack(String instruction) {
        guest.gate64(Vector.SS, 0x8E00, 1).gate64(Vector.GP, 0x8E00, 1);
        guest.put64(POINTER, TinyGuest.CODE);
        cpu.gpr[Processor.RBX] = POINTER;
        cpu.gpr[Processor.RSP] = OUTSIDE;
        guest.run(instruction).expectVector(Vector.SS);
        assertEquals(OUTSIDE, guest.slot(4));
    }

    /** pop, push and call [rbx]. */
    @ParameterizedTest
    @CsvSource({"8f 03, 12", "ff 33, 13", "ff 13, 13"})
    void popLooksAtTheStackFirstAndTheOthersAtTheirOperand(String instruction, int vector) {
        guest.gate64(Vector.SS, 0x8E00, 1).gate64(Vector.GP, 0x8E00, 1);
        cpu.gpr[Processor.RBX] = OUTSIDE;
        cpu.gpr[Processor.RSP] = OUTSIDE;
        guest.run(instruction).expectVector(vector);
        assertEquals(OUTSIDE, guest.slot(4));
    }

    /** As each engine did it then, so that old recordings go on replaying on the one that made them. */
    @Test
    void processorsOfVersion2LookUpOperandsFirst() {
        try (TinyGuest old = TinyGuest.long64(CpuModel.V3, 2)) {
            old.gate64(Vector.PF, 0x8E00, 1);
            old.cpu.gpr[Processor.RBX] = LAST;
            old.run("48 8b 03").expectVector(Vector.PF);
        }
    }

    @Test
    void theOperandOfAPushIsNone() {
        cpu.gpr[Processor.RBX] = OUTSIDE;
        guest.run("ff 33").expectVector(Vector.GP);
    }
}
