package org.retrovisor.monitor.interpreter.integer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.GuestFault;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

/** What the host cannot be asked: instructions that fault, and that nothing has changed then. */
class FaultsTest {
    private static final int PRESENT_WRITE = 3;
    private static final int WRITE = 2;
    private static final long MINIMUM = Long.MIN_VALUE;

    private final PagedGuest guest = new PagedGuest();
    private final Processor cpu = guest.cpu;

    @AfterEach
    void close() {
        guest.close();
    }

    @ParameterizedTest
    @CsvSource({
        "f6 f1, 0x1234, 0, 0", // div cl
        "f6 f1, 0x0100, 0, 1", "f6 f1, 0x00FF, 0, 1", "f6 f1, 0xFFFF, 0, 0xFF", "f6 f1, 0xFEFF, 0, 0xFF",
        "66 f7 f1, 0, 1, 1", "66 f7 f1, 0xFFFF, 0, 1", "f7 f1, 0, 5, 5", "f7 f1, 0, 4, 5", "f7 f1, 1, 1, 0",
        "48 f7 f1, 0, -1, -1", "48 f7 f1, 0, -2, -1", "48 f7 f1, 7, 0, 0",
        "f6 f9, 0x0080, 0, 1", "f6 f9, 0xFF80, 0, 1", "f6 f9, 0xFF80, 0, 0xFF", "f6 f9, 0x4000, 0, 0x80",
        "66 f7 f9, 0x8000, 0, 1", "66 f7 f9, 0x8000, 0xFFFF, 1", "66 f7 f9, 0x8000, 0xFFFF, 0xFFFF",
        "f7 f9, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFF", "f7 f9, 0x80000000, 0xFFFFFFFF, 1", "f7 f9, 0, 0x80000000, -1",
        "48 f7 f9, MIN, -1, -1", "48 f7 f9, MIN, -1, 1", "48 f7 f9, MIN, 0, 1", "48 f7 f9, 0, MIN, MIN",
        "48 f7 f9, 0, 0x4000000000000000, MIN", "48 f7 f9, 1, 0, 0"
    })
    void divisionRaisesDivideErrorExactlyWhenTheQuotientDoesNotFit(String bytes, String rax, String rdx, String rcx) {
        long[] operands = {number(rax), number(rdx), number(rcx)};
        cpu.gpr[Processor.RAX] = operands[0];
        cpu.gpr[Processor.RDX] = operands[1];
        cpu.gpr[Processor.RCX] = operands[2];
        GuestFault fault = guest.faultOf(bytes);
        assertEquals(!Quotients.fits(bytes, operands[0], operands[1], operands[2]), fault != null);
        if (fault != null) {
            assertEquals(Vector.DE, fault.vector());
            assertEquals(operands[0], cpu.gpr[Processor.RAX]);
            assertEquals(operands[1], cpu.gpr[Processor.RDX]);
        }
    }

    private static long number(String text) {
        return text.equals("MIN") ? MINIMUM : Long.decode(text);
    }

    /** Destination [rax], source rcx or cl; all of them read the old value first, and all report a write. */
    @ParameterizedTest
    @CsvSource({"01 08", "00 08", "48 83 10 05", "ff 00", "fe 08", "48 f7 10", "48 f7 18", "c1 20 03", "d3 00",
        "48 d1 18", "87 08", "86 08", "48 0f c1 08", "0f b1 08", "0f c7 08", "48 0f c7 08", "0f ab 08",
        "0f ba 38 03", "0f a4 08 05", "0f 95 00", "89 08", "c7 00 01 00 00 00", "0f c3 08", "0f 38 f1 08"})
    void writingAReadOnlyPageIsAWriteFaultAndChangesNothing(String bytes) {
        cpu.gpr[Processor.RAX] = PagedGuest.READ_ONLY;
        cpu.gpr[Processor.RCX] = 7;
        cpu.setRflags(Flags.CF | Flags.AF | Flags.OF);
        GuestFault fault = guest.faultOf(bytes);
        assertNotNull(fault);
        assertEquals(Vector.PF, fault.vector());
        assertEquals(PRESENT_WRITE, fault.errorCode());
        assertEquals(PagedGuest.READ_ONLY, fault.address());
        assertEquals(PagedGuest.READ_ONLY, cpu.gpr[Processor.RAX]);
        assertEquals(7, cpu.gpr[Processor.RCX]);
        assertEquals(Flags.CF | Flags.AF | Flags.OF, cpu.flags.status());
        assertEquals(0, cpu.mmu.load64(PagedGuest.READ_ONLY));
    }

    @ParameterizedTest
    @CsvSource({"50", "66 50", "6a 05", "68 01 00 00 00", "9c", "e8 00 00 00 00", "ff d0", "ff 30", "c8 08 00 00",
        "c8 00 00 03"})
    void aPushThatFaultsLeavesTheStackPointer(String bytes) {
        cpu.gpr[Processor.RSP] = PagedGuest.ABSENT + 0x1000;
        cpu.gpr[Processor.RBP] = PagedGuest.DATA;
        cpu.gpr[Processor.RAX] = PagedGuest.DATA;
        GuestFault fault = guest.code(bytes).faultOf(bytes);
        assertNotNull(fault);
        assertEquals(Vector.PF, fault.vector());
        assertEquals(WRITE, fault.errorCode());
        assertEquals(PagedGuest.ABSENT + 0x1000, cpu.gpr[Processor.RSP]);
        assertEquals(PagedGuest.DATA, cpu.gpr[Processor.RBP]);
    }

    @ParameterizedTest
    @CsvSource({"58", "8f c0", "c3", "c2 08 00", "9d", "c9"})
    void aPopThatFaultsLeavesTheStackPointer(String bytes) {
        cpu.gpr[Processor.RSP] = PagedGuest.ABSENT;
        cpu.gpr[Processor.RBP] = PagedGuest.ABSENT;
        GuestFault fault = guest.faultOf(bytes);
        assertNotNull(fault);
        assertEquals(Vector.PF, fault.vector());
        assertEquals(PagedGuest.ABSENT, cpu.gpr[Processor.RSP]);
        assertEquals(PagedGuest.ABSENT, cpu.gpr[Processor.RBP]);
    }

    @Test
    void aPopIntoAPageThatMayNotBeWrittenLeavesTheStackPointer() {
        cpu.gpr[Processor.RSP] = PagedGuest.READ_ONLY - 8;
        assertNotNull(guest.faultOf("8f 04 24")); // pop [rsp]: the address is the one behind the pop
        assertEquals(PagedGuest.READ_ONLY - 8, cpu.gpr[Processor.RSP]);
    }

    @Test
    void anOperandAcrossTwoPagesIsWrittenWhollyOrNotAtAll() {
        cpu.gpr[Processor.RAX] = PagedGuest.READ_ONLY - 4;
        cpu.gpr[Processor.RCX] = -1;
        for (String bytes : new String[]{"48 89 08", "48 01 08", "48 87 08"}) {
            GuestFault fault = guest.faultOf(bytes);
            assertNotNull(fault);
            assertEquals(PagedGuest.READ_ONLY, fault.address());
            assertEquals(0, cpu.mmu.load64(PagedGuest.READ_ONLY - 4));
        }
    }

    @ParameterizedTest
    @CsvSource({"ff e0", "ff d0", "c3"})
    void aJumpToANonCanonicalAddressFaultsBeforeItIsTaken(String bytes) {
        cpu.gpr[Processor.RAX] = 1L << 47;
        cpu.mmu.store64(PagedGuest.STACK, 1L << 47);
        assertEquals(StopReason.TRIPLE_FAULT, guest.code(bytes).run(1));
        assertEquals(PagedGuest.CODE, cpu.gpr[Processor.RIP]);
        assertEquals(PagedGuest.STACK, cpu.gpr[Processor.RSP]);
    }

    @Test
    void compareAndExchangeOf16BytesNeedsAlignment() {
        cpu.gpr[Processor.RSI] = PagedGuest.DATA + 8;
        assertEquals(Vector.GP, guest.faultOf("48 0f c7 0e").vector());
        cpu.gpr[Processor.RSI] = PagedGuest.DATA;
        assertNull(guest.faultOf("48 0f c7 0e"));
    }

    @ParameterizedTest
    @CsvSource({"f0 01 c8", "f0 89 08", "f0 39 08", "f0 8b 08", "f0 0f a3 08", "0f 0b", "0f b9 c0", "0f ff c0", "27",
        "62 00", "d6", "0f 0d c0"})
    void whatIsNoInstructionIsUndefined(String bytes) {
        cpu.gpr[Processor.RAX] = PagedGuest.DATA;
        assertEquals(StopReason.TRIPLE_FAULT, guest.code(bytes).run(1));
        assertEquals(PagedGuest.CODE, cpu.gpr[Processor.RIP]);
    }

    @Test
    void poppedFlagsChangeInterruptFlagAndPrivilegeLevelOnlyWithTheRight() {
        int all = Flags.STATUS | Control.IF | Control.IOPL | Control.DF | Control.NT | Control.AC | Control.ID;
        int locked = Control.VM | Control.RF | Control.VIF | Control.VIP;
        assertEquals(all, popFlags(0, 0, all | locked));
        assertEquals(all & ~Control.IOPL & ~Control.IF, popFlags(3, 0, all | locked));
        assertEquals(all, popFlags(3, Control.IOPL, all | locked));
        assertEquals(Control.IOPL, popFlags(3, Control.IOPL, 0));
        assertEquals(Control.IF, popFlags(3, Control.IF, 0));
    }

    private int popFlags(int cpl, int before, int image) {
        cpu.gpr[Processor.RSP] = PagedGuest.STACK;
        cpu.setCpl(0);
        cpu.mmu.store64(PagedGuest.STACK, image);
        cpu.setRflags(before);
        cpu.cpl = cpl; // rights of memory stay the supervisor's: the pages have no U bit
        assertNull(guest.faultOf("9d"));
        return cpu.rflags() & ~Control.ALWAYS_ONE;
    }
}
