package org.retrovisor.monitor.translator;

import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A kernel that maps a page to one frame and another, unmaps it and touches it, without any INVLPG, on both engines. */
class PageTableWritesTest {
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int RBX = 3;
    private static final int RSI = 6;
    private static final long LAST_LEVEL = 0x4000;
    private static final long ENTRY = TwinGuest.ABSENT >> 9;
    private static final int LOOP = 12;
    private static final int OWN_TABLE = 0x20000;
    private static final int ROUND = 520;
    private static final int MOMENTS = 12_000;

    @Test
    void whatIsWrittenHoldsAtOnce() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
        try (TwinGuest guest = new TwinGuest(1 << 20, 1)) {
            place(guest);
            guest.register(RSI, LAST_LEVEL + ENTRY);
            guest.register(10, TwinGuest.ABSENT);
            guest.register(RBX, TwinGuest.DATA | 7);
            guest.register(RCX, TwinGuest.DATA + 0x1000 | 7);
            guest.register(RDX, TwinGuest.DATA | 7);
            guest.write(TwinGuest.DATA, "01 02 03 04 05 06 07 08");
            guest.write(TwinGuest.DATA + 0x1000, "10 20 30 40 50 60 70 80");
            guest.register(Processor.RIP, TwinGuest.CODE);
            guest.runInterruptedTo(MOMENTS);
            long left = guest.interpretedFirst("MOV_Ev_Iz");
            assertTrue(left < 2 * MOMENTS / LOOP,
                    left + " writes of entries that were not present left generated code, too");
        }
    }

    @Test
    void aTableThatIsClearedAsAWholeIsClearedInGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
        try (TwinGuest guest = new TwinGuest(1 << 20, 1)) {
            // head: mov [rsi], rbx; mov rax, [r10]; add r8, rax; mov rdi, rsi; mov ecx, 512; xor eax, eax; rep stosq; add r9, 1; jmp head
            guest.write(TwinGuest.CODE,
                    "48 89 1e 49 8b 02 49 01 c0 48 89 f7 b9 00 02 00 00 31 c0 f3 48 ab 49 83 c1 01 eb e4");
            guest.write(LAST_LEVEL - 0x1000 + 8, "07 00 02 00 00 00 00 00"); // the second 2 MiB are mapped by OWN_TABLE
            guest.write(TwinGuest.DATA, "01 02 03 04 05 06 07 08");
            guest.register(RSI, OWN_TABLE);
            guest.register(RBX, TwinGuest.DATA | 7);
            guest.register(10, 2 << 20);
            guest.register(Processor.RIP, TwinGuest.CODE);
            guest.runInterruptedTo(MOMENTS);
            long before = guest.interpretedFirst("STOS_Yv_rAX");
            assertTrue(guest.runTo(10 * MOMENTS));
            guest.compareMemory();
            long left = guest.interpretedFirst("STOS_Yv_rAX") - before;
            assertTrue(left < MOMENTS / ROUND, left + " left to the interpreter");
        }
    }

    private static void place(TwinGuest guest) {
        guest.write(TwinGuest.RECOVERY, "e9 fb 8f ff ff"); // jmp to CODE
        guest.write(TwinGuest.CODE, "48 c7 06 00 00 00 00" // mov qword [rsi], 0: present or not
                + "48 89 1e" // mov [rsi], rbx: not present
                + "49 8b 02" // mov rax, [r10]
                + "48 89 0e" // mov [rsi], rcx: present
                + "49 03 02" // add rax, [r10]
                + "48 c7 06 00 00 00 00" // present
                + "c7 46 04 00 00 00 00" // mov dword [rsi + 4], 0: not present
                + "4c 89 4e fc" // mov [rsi - 4], r9: half of the entry before, which is present
                + "48 87 16" // xchg [rsi], rdx: not present
                + "49 03 02" // faults every other time
                + "49 01 c0" // add r8, rax
                + "eb d0");
    }
}
