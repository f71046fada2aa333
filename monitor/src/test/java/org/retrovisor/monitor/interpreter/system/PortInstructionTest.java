package org.retrovisor.monitor.interpreter.system;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

@OnEachEngine
class PortInstructionTest {
    private static final long BUFFER = 0x5_0000;

    private final TinyGuest guest = TinyGuest.long64();
    private final Processor cpu = guest.cpu;

    @AfterEach
    void close() {
        guest.close();
    }

    @Test
    void outWritesTheAccumulatorInItsSize() {
        cpu.gpr[Processor.RAX] = 0x1122_3344_5566_7788L;
        cpu.gpr[Processor.RDX] = 0xFFFF_1234L;
        guest.step("e6 80 66 e7 81 ef", 3); // out 80h, al; out 81h, ax; out dx, eax
        assertEquals(List.of("PORT 80 1 88 @0", "PORT 81 2 7788 @1", "PORT 1234 4 55667788 @2"), guest.boundary.writes);
    }

    @Test
    void inReadsByThePartialRegisterRules() {
        cpu.gpr[Processor.RAX] = -1;
        guest.boundary.reads.addAll(List.of(0x12L, 0x3456_789AL));
        guest.step("e4 60", 1);
        assertEquals(0xFFFF_FFFF_FFFF_FF12L, guest.register(Processor.RAX));
        guest.step("ed", 1); // in eax, dx
        assertEquals(0x3456_789A, guest.register(Processor.RAX));
    }

    @Test
    void theIoPermissionBitmapOpensPortsToTheUser() {
        guest.put(TinyGuest.TSS_AT + 0x66, "80 00"); // the bitmap is at 80h
        guest.put(TinyGuest.TSS_AT + 0x80 + 0x60 / 8, "fe ff"); // port 60h only
        guest.asUser().step("e4 60", 1);
        assertEquals(TinyGuest.USER_CODE + 2, guest.register(Processor.RIP));
        guest.run("66 e5 60").expectVector(Vector.GP); // in ax, 60h needs port 61h too
    }

    @Test
    void theIoPrivilegeLevelOpensAllPorts() {
        guest.asUser();
        cpu.setRflags(Control.IOPL);
        guest.step("e4 60", 1);
        assertEquals(TinyGuest.USER_CODE + 2, guest.register(Processor.RIP));
    }

    @Test
    void eachIterationOfInsHasItsOwnMoment() {
        cpu.gpr[Processor.RCX] = 3;
        cpu.gpr[Processor.RDI] = BUFFER;
        guest.boundary.reads.addAll(List.of(1L, 2L, 3L));
        guest.step("90 f3 66 6d", 4); // nop; rep insw
        assertEquals(List.of(1L, 2L, 3L), guest.boundary.readMoments);
        assertEquals(0x0003_0002_0001L, guest.get64(BUFFER));
        assertEquals(BUFFER + 6, guest.register(Processor.RDI));
        assertEquals(0, guest.register(Processor.RCX));
        assertEquals(4, guest.machine.moment());
    }

    @Test
    void outsStopsBetweenTwoIterationsAndGoesOn() {
        cpu.gpr[Processor.RCX] = 3;
        cpu.gpr[Processor.RSI] = BUFFER;
        cpu.gpr[Processor.RDX] = 0x60;
        guest.put(BUFFER, "0a 0b 0c").step("f3 6e 90", 2);
        assertEquals(TinyGuest.CODE, guest.register(Processor.RIP));
        assertEquals(1, guest.register(Processor.RCX));
        assertEquals(2, guest.machine.moment());
        guest.machine.run(4);
        assertEquals(TinyGuest.CODE + 3, guest.register(Processor.RIP));
        assertEquals(List.of("PORT 60 1 a @0", "PORT 60 1 b @1", "PORT 60 1 c @2"), guest.boundary.writes);
    }

    @Test
    void stringsRunDownWithTheDirectionFlag() {
        cpu.setRflags(Control.DF);
        cpu.gpr[Processor.RSI] = BUFFER;
        guest.step("6f", 1); // outsd
        assertEquals(BUFFER - 4, guest.register(Processor.RSI));
    }

    @Test
    void aFaultOfInsComesBeforeTheDeviceIsRead() {
        cpu.gpr[Processor.RCX] = 4;
        cpu.gpr[Processor.RDI] = TinyGuest.READ_ONLY - 2;
        guest.boundary.reads.addAll(List.of(1L, 2L, 3L));
        guest.run("f3 6c").expectVector(Vector.PF); // rep insb into a page that is read-only
        assertEquals(List.of(0L, 1L), guest.boundary.readMoments);
        assertEquals(2, guest.register(Processor.RCX));
        assertEquals(TinyGuest.READ_ONLY, guest.register(Processor.RDI));
        assertEquals(TinyGuest.CODE, guest.slot(1));
    }

    @Test
    void nothingIsDoneForACountOfZero() {
        guest.step("f3 6c", 1);
        assertEquals(TinyGuest.CODE + 2, guest.register(Processor.RIP));
        assertEquals(List.of(), guest.boundary.readMoments);
    }

    /** Two bytes of the bitmap are read, also for a port whose bits are in the first (SDM volume 1, section 18.5.2). */
    @Test
    void theBitmapEndsWithOneByteMoreThanItUses() {
        guest.put(TinyGuest.TSS_AT + 0x66, "80 00").put(TinyGuest.TSS_AT + 0x80 + 0x60 / 8, "00 00");
        for (int missing = 0; missing < 2; missing++) {
            guest.asUser();
            cpu.segments[Segment.TR].limit = 0x80 + 0x60 / 8 + 1 - missing;
            guest.step("e4 60", 1); // in al, 60h
            assertEquals(missing == 0, guest.register(Processor.RIP) == TinyGuest.USER_CODE + 2);
        }
    }
}
