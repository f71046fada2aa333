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
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

@OnEachEngine
class ProtectionTest {
    private final TinyGuest guest = TinyGuest.long64();
    private final Processor cpu = guest.cpu;

    @AfterEach
    void close() {
        guest.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "f4", // hlt
        "0f 06", // clts
        "0f 08", // invd
        "0f 09", // wbinvd
        "0f 01 38", // invlpg [rax]
        "0f 01 10", // lgdt [rax]
        "0f 01 18", // lidt [rax]
        "0f 01 f0", // lmsw ax
        "0f 00 d0", // lldt ax
        "0f 00 d8", // ltr ax
        "0f 20 c0", // mov rax, cr0
        "0f 22 d8", // mov cr3, rax
        "0f 21 c0", // mov rax, dr0
        "0f 23 c0", // mov dr0, rax
        "0f 30", // wrmsr
        "0f 32", // rdmsr
        "0f 33", // rdpmc
        "0f 35", // sysexit
        "fa", // cli
        "fb", // sti
        "e4 60", // in al, 60h
        "e6 60", // out 60h, al
        "6c", // insb
        "6e" // outsb
    })
    void theUserMayNot(String instruction) {
        cpu.gpr[Processor.RAX] = TinyGuest.USER_STACK;
        guest.asUser().run(instruction).expectVector(Vector.GP);
        assertEquals(0, guest.slot(0));
        assertEquals(TinyGuest.USER_CODE, guest.slot(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0f 01 00", "0f 01 08", "0f 01 e0", "0f 00 c0", "0f 00 c8"}) // sgdt sidt smsw sldt str
    void theUserMaySeeTheDescriptorTablesUntilItIsForbidden(String instruction) {
        cpu.gpr[Processor.RAX] = TinyGuest.USER_STACK;
        guest.asUser().step(instruction, 1);
        assertEquals(TinyGuest.USER_CODE + 3, guest.register(Processor.RIP));
        cpu.gpr[Processor.RIP] = TinyGuest.USER_CODE;
        cpu.gpr[Processor.RAX] = TinyGuest.USER_STACK;
        cpu.cr4 |= Control.CR4_UMIP;
        guest.run(instruction).expectVector(Vector.GP);
    }

    @Test
    void sgdtStoresWhatLgdtLoaded() {
        guest.put64(0x5_0000, 0x8877_6655_4433_2211L & 0x7FFF_FFFF_FFFFL << 16 | 0x2211L).put64(0x5_0008, 0);
        guest.step("0f 01 14 25 00 00 05 00 0f 01 04 25 10 00 05 00", 2);
        assertEquals(guest.get64(0x5_0000), guest.get64(0x5_0010));
        assertEquals(0x2211, cpu.gdtLimit);
    }

    @Test
    void ltrMarksTheTaskBusyAndRefusesABusyOne() {
        guest.run("b8 38 00 00 00 0f 00 d8 0f 00 d8").expectVector(Vector.GP); // mov eax, TSS; ltr ax; ltr ax
        assertEquals(TinyGuest.TSS, guest.slot(0));
        assertEquals(0x8B, (int) (guest.get64(TinyGuest.GDT_AT + TinyGuest.TSS) >>> 40) & 0xFF);
        assertEquals(TinyGuest.TSS_AT, cpu.segments[Segment.TR].base);
    }

    @Test
    void aSegmentLoadSetsTheAccessedBit() {
        long at = TinyGuest.GDT_AT + TinyGuest.DATA_16;
        guest.put64(at, TinyGuest.descriptor(0x1234_5678, 0xFFFF, 0x0092));
        guest.step("b8 70 00 00 00 8e e0", 2); // mov eax, 70h; mov fs, eax
        assertEquals(TinyGuest.descriptor(0x1234_5678, 0xFFFF, 0x0093), guest.get64(at));
        assertEquals(0x1234_5678, cpu.segments[Segment.FS].base);
        assertEquals(0x0093, cpu.segments[Segment.FS].attributes);
    }

    @ParameterizedTest
    @ValueSource(ints = {TinyGuest.TSS, TinyGuest.CODE_64 | 4, 0x80, TinyGuest.GATE})
    void segmentLoadsRefuseWhatIsNoDataSegment(int selector) {
        cpu.gpr[Processor.RAX] = selector;
        guest.run("8e d8").expectVector(Vector.GP);
        assertEquals(selector & ~3, guest.slot(0));
    }

    @Test
    void theUserCannotLoadTheKernelsData() {
        cpu.gpr[Processor.RAX] = TinyGuest.DATA | 3;
        guest.asUser().run("8e d8").expectVector(Vector.GP);
    }

    @Test
    void aNullStackSegmentIsForTheKernelOnly() {
        guest.step("31 c0 8e d0", 2);
        assertEquals(0, cpu.segments[Segment.SS].selector);
        assertEquals(TinyGuest.CODE + 4, guest.register(Processor.RIP));
        guest.asUser().run("31 c0 8e d0").expectVector(Vector.GP);
    }

    @Test
    void aNullSelectorClearsTheBaseOfGs() {
        cpu.segments[Segment.GS].base = 0x1234;
        guest.step("31 c0 8e e8", 2);
        assertEquals(0, cpu.segments[Segment.GS].base);
    }

    @Test
    void codeSegmentsAreNotLoadedByMov() {
        guest.run("8e c8").expectVector(Vector.UD);
    }

    @Test
    void selectorsArePushedAndPoppedInEightBytes() {
        guest.step("b8 10 00 00 00 8e e0 0f a0 0f a9", 4); // mov eax, 10h; mov fs, eax; push fs; pop gs
        assertEquals(TinyGuest.DATA, cpu.segments[Segment.GS].selector);
        assertEquals(TinyGuest.STACK, guest.register(Processor.RSP));
        assertEquals(TinyGuest.DATA, guest.get64(TinyGuest.STACK - 8));
    }

    /** With bits 16 to 19 of the limit, since version 6. */
    @ParameterizedTest
    @CsvSource({"6, 0x00AFFB00", "5, 0x00A0FB00"})
    void larShowsTheAccessRightsOfAVisibleSegment(int version, String rights) {
        try (TinyGuest user = TinyGuest.long64(CpuModel.V2, version)) {
            user.cpu.gpr[Processor.RAX] = TinyGuest.USER_CODE_64;
            user.asUser().step("0f 02 c8 66 0f 02 d0", 2); // lar ecx, eax; lar dx, ax
            assertTrue(user.cpu.flags.zero());
            assertEquals((long) Integer.decode(rights), user.register(Processor.RCX));
            assertEquals(0xFB00, user.register(Processor.RDX) & 0xFFFF);
        }
    }

    @Test
    void larLeavesTheRegisterAloneWhenTheSegmentIsHidden() {
        cpu.gpr[Processor.RAX] = TinyGuest.DATA;
        cpu.gpr[Processor.RCX] = 77;
        guest.asUser().step("0f 02 c8", 1);
        assertFalse(cpu.flags.zero());
        assertEquals(77, guest.register(Processor.RCX));
    }

    @Test
    void lslShowsTheLimitInBytes() {
        cpu.gpr[Processor.RAX] = TinyGuest.USER_DATA;
        guest.asUser().step("0f 03 c8", 1); // lsl ecx, eax
        assertEquals(0xFFFF_FFFFL, guest.register(Processor.RCX));
        cpu.gpr[Processor.RAX] = TinyGuest.TSS;
        cpu.setCpl(0);
        guest.step("0f 03 c8", 1);
        assertEquals(0x1FF, guest.register(Processor.RCX));
    }

    @Test
    void verwSeesThatCodeCannotBeWritten() {
        cpu.gpr[Processor.RAX] = TinyGuest.USER_CODE_64;
        guest.asUser().step("0f 00 e0 0f 94 c1 0f 00 e8", 3); // verr ax; sete cl; verw ax
        assertEquals(1, guest.register(Processor.RCX));
        assertFalse(cpu.flags.zero());
    }

    @Test
    void arplRaisesTheRequestedLevelIn32BitCode() {
        cpu.gpr[Processor.RAX] = 0x10;
        cpu.gpr[Processor.RCX] = 3;
        guest.asUser32().step("63 c8", 1); // arpl ax, cx
        assertEquals(0x13, guest.register(Processor.RAX));
        assertTrue(cpu.flags.zero());
    }

    @Test
    void stacAndClacAreForTheKernel() {
        guest.step("0f 01 cb", 1);
        assertEquals(Control.AC, cpu.systemFlags & Control.AC);
        guest.step("0f 01 ca", 1);
        assertEquals(0, cpu.systemFlags & Control.AC);
        guest.asUser().run("0f 01 cb").expectVector(Vector.UD);
    }

    @Test
    void instructionsOfOtherProcessorModelsAreUndefined() {
        for (String bytes : new String[]{"0f 01 c8", "0f 01 c9", "0f aa", "0f 01 c1", "0f 01 d8", "66 0f 38 82 00"}) {
            try (TinyGuest other = TinyGuest.long64()) {
                other.run(bytes).expectVector(Vector.UD); // MONITOR MWAIT RSM VMCALL VMRUN INVPCID
            }
        }
    }

    @Test
    void farPointersAreLoadedWithTheirSegment() {
        guest.put64(0x5_0000, 0x0010_1234_5678L);
        guest.step("0f b5 0c 25 00 00 05 00", 1); // lgs ecx, [50000h]
        assertEquals(0x1234_5678, guest.register(Processor.RCX));
        assertEquals(0x10, cpu.segments[Segment.GS].selector);
    }

    /** TSS of 16 bits, its busy form, call gate of 16 bits, task gate: none of them is there in long mode; LSL knows no gate either. */
    @ParameterizedTest
    @CsvSource({"1, 0, 0", "3, 0, 0", "4, 0, 0", "5, 0, 0", "9, 1, 1", "11, 1, 1", "2, 1, 1", "12, 1, 0", "14, 0, 0"})
    void rightsAndLimitsAreShownOfWhatLongModeHas(int type, int rights, int limit) {
        guest.put64(TinyGuest.GDT_AT + TinyGuest.GATE, TinyGuest.descriptor(0, 0x67, 0x80 | type));
        cpu.gpr[Processor.RAX] = TinyGuest.GATE;
        guest.step("0f 02 c8", 1); // lar ecx, eax
        assertEquals(rights != 0, cpu.flags.zero());
        guest.step("0f 03 d0", 1); // lsl edx, eax
        assertEquals(limit != 0, cpu.flags.zero());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0f 00 d0", "0f 00 d8"}) // lldt ax, ltr ax
    void tablesAndTasksAreDescribedInTheGlobalTableOnly(String instruction) {
        int type = instruction.endsWith("d0") ? 0x82 : 0x89;
        guest.put64(TinyGuest.GDT_AT + TinyGuest.GATE, TinyGuest.descriptor(TinyGuest.TSS_AT, 0x67, type));
        cpu.segments[Segment.LDTR].set(TinyGuest.GATE, TinyGuest.GDT_AT, TinyGuest.GDT_LIMIT, 0x82);
        cpu.gpr[Processor.RAX] = TinyGuest.GATE | 4;
        guest.run(instruction).expectVector(Vector.GP);
        assertEquals(TinyGuest.GATE | 4, guest.slot(0));
    }

    @Test
    void longModeHasNoTasksOf16Bits() {
        guest.put64(TinyGuest.GDT_AT + TinyGuest.GATE, TinyGuest.descriptor(TinyGuest.TSS_AT, 0x2B, 0x81));
        cpu.gpr[Processor.RAX] = TinyGuest.GATE;
        guest.run("0f 00 d8").expectVector(Vector.GP);
        assertEquals(TinyGuest.GATE, guest.slot(0));
    }

    @ParameterizedTest
    @CsvSource({"0x81, 0x83, 0x2B", "0x89, 0x8B, 0x67"})
    void protectedModeLoadsTasksOf16And32Bits(String available, String busy, String limit) {
        try (TinyGuest legacy = TinyGuest.protected32()) {
            long descriptor = TinyGuest.descriptor(TinyGuest.TSS_AT, Long.decode(limit), Integer.decode(available));
            legacy.put64(TinyGuest.GDT_AT + TinyGuest.GATE, descriptor);
            legacy.cpu.gpr[Processor.RAX] = TinyGuest.GATE;
            legacy.step("0f 00 d8", 1); // ltr ax
            assertEquals(TinyGuest.CODE + 3, legacy.register(Processor.RIP));
            assertEquals(Integer.decode(busy), legacy.cpu.segments[Segment.TR].attributes);
            assertEquals(TinyGuest.TSS_AT, legacy.cpu.segments[Segment.TR].base);
            assertEquals(Integer.decode(busy), legacy.get32(TinyGuest.GDT_AT + TinyGuest.GATE + 5) & 0xFF);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x83, 0x8B, 0x82, 0x84, 0x85, 0x86, 0x8C, 0x8E, 0x92}) // busy ones, LDT, gates, data
    void protectedModeLoadsNothingElseAsATask(int access) {
        try (TinyGuest legacy = TinyGuest.protected32()) {
            legacy.put64(TinyGuest.GDT_AT + TinyGuest.GATE, TinyGuest.descriptor(TinyGuest.TSS_AT, 0x67, access));
            legacy.cpu.gpr[Processor.RAX] = TinyGuest.GATE;
            legacy.run("0f 00 d8").expectVector(Vector.GP);
            assertEquals(TinyGuest.GATE, legacy.slot32(0));
        }
    }

    /** SMAP holds for what the processor reads by itself whatever AC says (SDM volume 3, section 4.6.1). */
    @ParameterizedTest
    @CsvSource({"0, -1", "1, 14"})
    void aTableOfDescriptorsOnAPageOfTheUserIsOutOfReachWithSmap(int smap, int vector) {
        long table = TinyGuest.USER_CODE + 0x4000;
        cpu.segments[Segment.LDTR].set(TinyGuest.GATE, table, 0xFF, 0x82);
        guest.put64(table + 8, TinyGuest.descriptor(0, 0xFFFFF, 0xC093));
        cpu.cr4 |= smap * Control.CR4_SMAP;
        cpu.setRflags(Control.AC);
        cpu.gpr[Processor.RAX] = 8 | 4;
        guest.run("8e d8 f4"); // mov ds, eax; hlt
        if (vector == Vector.PF) {
            guest.expectVector(Vector.PF);
            assertEquals(1, guest.slot(0), "a read by the supervisor of a page that is present");
            assertEquals(table + 8, cpu.cr2);
        } else {
            assertEquals(8 | 4, cpu.segments[Segment.DS].selector);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0f 01 00", "0f 01 08", "0f 01 e0", "0f 00 c0", "0f 00 c8"}) // sgdt sidt smsw sldt str
    void umipAllowsTheKernelAloneToSeeDescriptorTables(String instruction) {
        try (LeveledGuest leveled = new LeveledGuest()) {
            leveled.cpu.cr4 |= Control.CR4_UMIP;
            leveled.guest.put(TinyGuest.CODE, instruction);
            for (int level = 0; level < 4; level++) {
                leveled.atLevel(level);
                leveled.cpu.segments[Segment.DS].set(LeveledGuest.data(3), 0, 0xFFFF_FFFFL, 0xC0F3);
                leveled.cpu.gpr[Processor.RAX] = 0x5_0000;
                assertEquals(level == 0 ? LeveledGuest.NONE : Vector.GP, leveled.step(), "level " + level);
            }
        }
    }

    /** In 64-bit mode below level 3, and with the level that it asks for (SDM volume 2, MOV). */
    @Test
    void aNullStackSegmentHasTheLevelOfTheProgram() {
        for (int level = 0; level < 4; level++) {
            for (int requested = 0; requested < 4; requested++) {
                try (TinyGuest other = TinyGuest.long64()) {
                    other.asUser();
                    other.cpu.segments[Segment.CS].set(TinyGuest.USER_CODE_64 & ~3 | level, 0, -1L,
                            0xA09B | level << 5);
                    other.cpu.setCpl(level);
                    other.cpu.gpr[Processor.RAX] = requested;
                    other.step("8e d0", 1); // mov ss, eax
                    boolean loaded = other.register(Processor.RIP) == TinyGuest.USER_CODE + 2;
                    assertEquals(level != 3 && requested == level, loaded,
                            "level %d, RPL %d".formatted(level, requested));
                }
            }
        }
    }

    /** Nothing is written when the level is high enough (SDM volume 2, ARPL); up to version 4 it was, and a page had to bear that. */
    @ParameterizedTest
    @CsvSource({"5, 2, 0, true", "5, 3, 3, true", "5, 1, 2, false", "4, 2, 0, false", "4, 1, 2, false"})
    void arplWritesWhatItChanges(int version, int level, int wanted, boolean passes) {
        try (TinyGuest other = TinyGuest.long64(CpuModel.V2, version).asUser32()) {
            other.put32(TinyGuest.READ_ONLY, 0x10 | level);
            other.cpu.gpr[Processor.RAX] = TinyGuest.READ_ONLY;
            other.cpu.gpr[Processor.RCX] = wanted;
            other.step("63 08", 1); // arpl [eax], cx
            assertEquals(passes ? TinyGuest.USER_CODE + 2 : TinyGuest.handler(Vector.PF),
                    other.register(Processor.RIP));
            if (passes) {
                assertFalse(other.cpu.flags.zero());
            }
        }
    }
}
