package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a task switch needs of descriptors: of the TSS and the gate that lead to it, and of the segments of the new task, with every type,
 * level and presence (SDM volume 3, section 7.3 and table 7-1).
 */
@OnEachEngine
class TaskRulesTest extends LeveledGuestTest {
    private static final long TSS = LeveledGuest.OTHER_TASK_AT;
    private static final long TARGET = TinyGuest.CODE + 0x200;
    private static final int EIP = 0x20;
    private static final int ESP = 0x38;
    private static final int CS = 0x4C;
    private static final int SS = 0x50;
    private static final int DS = 0x54;
    private static final int LDT = 0x60;
    private static final int LDT_ACCESS = 0x82;
    private static final int AVAILABLE = 0x89;
    private static final int BUSY = 0x8B;

    private static final long DIRECTORY = 0x8000;
    private static final long OTHER_DIRECTORY = 0x9000;
    private static final long TABLE = 0xA000;
    private static final long OTHER_TABLE = 0xB000;

    @BeforeEach
    void jumpToTheOtherTask() {
        guest.put(TinyGuest.CODE, "ea 00 00 00 00 90 00"); // jmp to the other task
    }

    /** The other task: at a level, with a stack for handlers, and no data segments. */
    private void newTask(int level) {
        int[] slots = {EIP, 0x24, ESP, 0x48, CS, SS, DS, 0x58, 0x5C, LDT, 0x64};
        long[] values = {TARGET, 2, LeveledGuest.stack(level), 0, LeveledGuest.code(level), LeveledGuest.data(level), 0,
            0, 0, 0, 0};
        for (int n = 0; n < slots.length; n++) {
            guest.put32(TSS + slots[n], values[n]);
        }
        guest.put32(TSS + 4, LeveledGuest.tssStack(0)).put32(TSS + 8, LeveledGuest.data(0));
        guest.put64(LeveledGuest.at(LeveledGuest.OTHER_TASK), TinyGuest.descriptor(TSS, 0x67, AVAILABLE));
        guest.put64(LeveledGuest.at(TinyGuest.TSS), TinyGuest.descriptor(TinyGuest.TSS_AT, 0x1FF, BUSY));
    }

    private int access(int selector) {
        return guest.get32(LeveledGuest.at(selector) + 5) & 0xFF;
    }

    private int task() {
        return cpu.segments[Segment.TR].selector & ~3;
    }

    // ---------------------------------------------------------------- segments of the new task

    /** Every descriptor with every RPL in one slot of the TSS. */
    private void inSlot(int slot, int level, Rule rule) {
        for (int access : LeveledGuest.accesses()) {
            for (int requested = slot == CS ? 1 : 0; requested < 4; requested++) {
                newTask(level);
                guest.put32(TSS + slot, LeveledGuest.TESTED | requested);
                if (slot == CS) {
                    guest.put32(TSS + SS, LeveledGuest.data(requested));
                }
                leveled.test(access).atLevel(0);
                int expected = rule.expected(access, requested);
                String what = "slot %x, access %02x, RPL %d, level %d".formatted(slot, access, requested, level);
                assertEquals(expected, leveled.step(), what);
                assertEquals(LeveledGuest.OTHER_TASK, task(), what);
                if (expected == LeveledGuest.NONE) {
                    assertEquals(TARGET, guest.register(Processor.RIP), what);
                    assertEquals(slot == CS ? requested : level, cpu.cpl, what);
                } else {
                    assertEquals(LeveledGuest.TESTED, leveled.errorCode(), what);
                    assertEquals(TARGET, guest.slot32(1), what);
                }
            }
        }
    }

    /** The exception of a descriptor in the slot, or {@link LeveledGuest#NONE}. */
    @FunctionalInterface
    private interface Rule {
        int expected(int access, int requested);
    }

    @Test
    void theCodeSegmentDecidesTheLevel() {
        inSlot(CS, 1, (access, requested) -> {
            int dpl = LeveledGuest.dpl(access);
            boolean fits = LeveledGuest.isConforming(access) ? dpl <= requested : dpl == requested;
            if (!LeveledGuest.isCode(access) || !fits) {
                return Vector.TS;
            }
            return LeveledGuest.present(access) ? LeveledGuest.NONE : Vector.NP;
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void theStackSegmentHasTheLevelOfTheTask(int level) {
        inSlot(SS, level, (access, requested) -> {
            boolean fits = requested == level && LeveledGuest.dpl(access) == level
                    && LeveledGuest.isWritableData(access);
            return !fits ? Vector.TS : LeveledGuest.present(access) ? LeveledGuest.NONE : Vector.SS;
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void dataSegmentsAreNotTooPrivileged(int level) {
        inSlot(DS, level, (access, requested) -> {
            boolean tooPrivileged = !LeveledGuest.isConforming(access)
                    && Math.max(requested, level) > LeveledGuest.dpl(access);
            if (!LeveledGuest.isReadable(access) || tooPrivileged) {
                return Vector.TS;
            }
            return LeveledGuest.present(access) ? LeveledGuest.NONE : Vector.NP;
        });
    }

    @Test
    void theLocalTableIsOne() {
        inSlot(LDT, 1, (access, requested) -> (access & 0x9F) == LDT_ACCESS ? LeveledGuest.NONE : Vector.TS);
    }

    @Test
    void aLocalTableIsThereForTheSegmentsOfTheNewTask() {
        newTask(1);
        guest.put32(TSS + LDT, LeveledGuest.TESTED).put32(TSS + DS, 8 | 4 | 1);
        guest.put64(TinyGuest.GDT_AT + LeveledGuest.TESTED, TinyGuest.descriptor(0x7000, 0xF, LDT_ACCESS));
        guest.put64(0x7008, TinyGuest.descriptor(0x1_2345, 0xFFFF, 0x00B3));
        leveled.atLevel(0);
        assertEquals(LeveledGuest.NONE, leveled.step());
        assertEquals(0x1_2345, cpu.segments[Segment.DS].base);
    }

    @ParameterizedTest
    @CsvSource({"30200, -1", "301ff, 13"})
    void whereItGoesOnLiesWithinItsCodeSegment(String limit, int vector) {
        newTask(0);
        guest.put32(TSS + CS, LeveledGuest.TESTED);
        guest.put64(TinyGuest.GDT_AT + LeveledGuest.TESTED,
                TinyGuest.descriptor(0, Long.parseLong(limit, 16), 0x409B));
        leveled.atLevel(0);
        assertEquals(vector, leveled.step());
        if (vector == Vector.GP) {
            assertEquals(0, leveled.errorCode());
        }
    }

    @Test
    void aTaskMayBeInVirtual8086Mode() {
        newTask(0);
        guest.put32(TSS + 0x24, Control.VM | 2).put32(TSS + EIP, 0x10).put32(TSS + CS, 0x3000);
        guest.put32(TSS + SS, 0x1000).put32(TSS + DS, 0xFFFF).put(TinyGuest.CODE + 0x10, "f4"); // hlt
        leveled.atLevel(0);
        assertEquals(LeveledGuest.NONE, leveled.step());
        assertTrue(cpu.virtual8086());
        assertEquals(3, cpu.cpl);
        assertEquals(0xF_FFF0, cpu.segments[Segment.DS].base);
        assertEquals(0xFFFF, cpu.segments[Segment.CS].limit);
        assertEquals(Vector.GP, leveled.step());
        assertEquals(0x10, guest.slot32(1));
    }

    // ---------------------------------------------------------------- the way there

    @ParameterizedTest
    @CsvSource({"9a, 0", "9a, 1", "9a, 2", "9a, 3", "ea, 0", "ea, 1", "ea, 2", "ea, 3"})
    void tasksAreReachedByTheseRules(String opcode, int level) {
        for (int access = 0; access < 256; access++) {
            for (int requested = 0; requested < 4; requested++) {
                boolean tss = (access & 0x1F) == 9;
                if (!tss && (access & 0x1D) != 9) {
                    continue; // TSS of 32 bits, busy or not
                }
                newTask(3);
                guest.put64(LeveledGuest.at(LeveledGuest.OTHER_TASK), TinyGuest.descriptor(TSS, 0x67, access));
                go(opcode, LeveledGuest.OTHER_TASK | requested, level);
                boolean refused = !tss || LeveledGuest.dpl(access) < Math.max(level, requested);
                expect(opcode, refused, LeveledGuest.present(access), LeveledGuest.OTHER_TASK, access);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"9a, 0", "9a, 1", "9a, 2", "9a, 3", "ea, 0", "ea, 1", "ea, 2", "ea, 3"})
    void taskGatesArePassedByTheseRules(String opcode, int level) {
        for (int gate : LeveledGuest.accesses()) {
            for (int requested = 0; requested < 4 && (gate & 0x1F) == 5; requested++) {
                newTask(3);
                leveled.gate(LeveledGuest.at(LeveledGuest.GATE), gate, LeveledGuest.OTHER_TASK, 0);
                go(opcode, LeveledGuest.GATE | requested, level);
                boolean refused = LeveledGuest.dpl(gate) < Math.max(level, requested);
                expect(opcode, refused, LeveledGuest.present(gate), LeveledGuest.GATE, AVAILABLE);
            }
        }
    }

    private void go(String opcode, int selector, int level) {
        guest.put(TinyGuest.CODE, "%s 00 00 00 00 %02x 00".formatted(opcode, selector));
        leveled.atLevel(level);
    }

    private void expect(String opcode, boolean refused, boolean present, int named, int access) {
        int expected = refused ? Vector.GP : present ? LeveledGuest.NONE : Vector.NP;
        assertEquals(expected, leveled.step(), "access %02x".formatted(access));
        boolean gone = expected == LeveledGuest.NONE;
        assertEquals(gone ? LeveledGuest.OTHER_TASK : TinyGuest.TSS, task());
        if (!gone) {
            assertEquals(named, leveled.errorCode());
        }
        boolean nested = opcode.equals("9a");
        assertEquals(gone ? access | 2 : access, access(LeveledGuest.OTHER_TASK), "the new task is busy");
        assertEquals(gone && !nested ? AVAILABLE : BUSY, access(TinyGuest.TSS),
                "so is the old one when it goes on later");
        assertEquals(gone && nested, (cpu.systemFlags & Control.NT) != 0);
    }

    @Test
    void aTaskOf16BitsTakesAnErrorCodeOf16Bits() {
        newTask(0);
        int[] slots = {0x0E, 0x10, 0x1A, 0x22, 0x24, 0x26, 0x28, 0x2A}; // IP, FLAGS, SP, ES, CS, SS, DS, LDT
        long[] values = {0x10, 2, 0x800, LeveledGuest.data(0), LeveledGuest.TESTED, LeveledGuest.data(0), 0, 0};
        for (int n = 0; n < slots.length; n++) {
            guest.put32(TSS + slots[n], values[n]); // upward, since each also writes half of the next
        }
        guest.put64(LeveledGuest.at(LeveledGuest.TESTED), TinyGuest.descriptor(TinyGuest.CODE, 0xFFFF, 0x009B));
        guest.put64(LeveledGuest.at(LeveledGuest.OTHER_TASK), TinyGuest.descriptor(TSS, 0x2B, 0x81));
        leveled.gate(TinyGuest.IDT_AT + 8L * Vector.GP, 0x85, LeveledGuest.OTHER_TASK, 0);
        guest.put(TinyGuest.CODE, "b8 00020000 8e d8"); // mov eax, 200h; mov ds, eax
        leveled.atLevel(0);
        assertEquals(LeveledGuest.NONE, leveled.step());
        assertEquals(LeveledGuest.NONE, leveled.step());
        assertEquals(LeveledGuest.OTHER_TASK, task());
        assertEquals(0xFFFF_07FEL, guest.register(Processor.RSP), "the upper half of each register is FFFF");
        assertEquals(2, cpu.rflags() & 0xFFFF & ~Control.NT);
        assertEquals(0x10, guest.register(Processor.RIP));
    }

    // ---------------------------------------------------------------- with paging

    /** One to one up to 4 MiB, in two address spaces. */
    private void paging() {
        guest.put64(DIRECTORY, TABLE | 7).put64(OTHER_DIRECTORY, OTHER_TABLE | 7);
        for (int page = 0; page < 1024; page++) {
            guest.put32(TABLE + 4 * page, (long) page << 12 | 7).put32(OTHER_TABLE + 4 * page, (long) page << 12 | 7);
        }
        cpu.cr3 = DIRECTORY;
        cpu.cr0 |= Control.CR0_PG | Control.CR0_WP;
        cpu.mmu.flush();
    }

    @Test
    void aTaskHasAnAddressSpace() {
        newTask(3);
        guest.put32(TSS + 0x1C, OTHER_DIRECTORY);
        paging();
        leveled.atLevel(0);
        assertEquals(LeveledGuest.NONE, leveled.step());
        assertEquals(OTHER_DIRECTORY, cpu.cr3);
        assertEquals(0, guest.get32(TinyGuest.TSS_AT + 0x1C), "that of the old task is not saved");
    }

    @Test
    void withoutPagingItHasNone() {
        newTask(3);
        guest.put32(TSS + 0x1C, OTHER_DIRECTORY);
        leveled.atLevel(0);
        assertEquals(LeveledGuest.NONE, leveled.step());
        assertEquals(0, cpu.cr3);
    }

    /** The old TSS is written; the new one is read, and written when it gets a link. */
    @ParameterizedTest
    @CsvSource({"ea, 6800, 6000, 5, true", "9a, 6800, 6000, 5, true", "ea, 7000, 7000, 5, false",
        "9a, 7000, 7000, 5, true",
        "ea, 6ffc, 7000, 0, true"}) // the way, where the new TSS is, a page and what its entry holds
    void aTaskOnAPageThatFaultsIsNotSwitchedTo(String opcode, String where, String page, int entry, boolean faults) {
        long task = Long.parseLong(where, 16);
        long address = Long.parseLong(page, 16);
        newTask(3);
        guest.put32(TSS + 0x1C, OTHER_DIRECTORY);
        byte[] image = new byte[0x68];
        guest.machine.memory().read(TSS, image, 0, image.length);
        guest.machine.memory().write(task, image);
        guest.put64(LeveledGuest.at(LeveledGuest.OTHER_TASK), TinyGuest.descriptor(task, 0x67, AVAILABLE));
        guest.put32(TinyGuest.TSS_AT + EIP, 0x1234_5678);
        paging();
        guest.put32(TABLE + (address >> 12) * 4, address | entry);
        go(opcode, LeveledGuest.OTHER_TASK, 0);
        assertEquals(faults ? Vector.PF : LeveledGuest.NONE, leveled.step());
        assertEquals(faults ? TinyGuest.TSS : LeveledGuest.OTHER_TASK, task());
        assertEquals(faults ? AVAILABLE : BUSY, access(LeveledGuest.OTHER_TASK));
        if (faults) {
            assertEquals(0x1234_5678, guest.get32(TinyGuest.TSS_AT + EIP), "nothing was saved");
            assertFalse((cpu.cr0 & Control.CR0_TS) != 0);
            assertEquals(address, cpu.cr2 & -4096L);
        }
    }
}
