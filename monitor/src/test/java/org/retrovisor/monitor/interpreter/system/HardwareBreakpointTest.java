package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.ProcessorState;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

@OnEachEngine
class HardwareBreakpointTest {
    private static final long WATCHED = 0x5_0004;
    private static final String STORE = "c7 04 25 04 00 05 00 01 00 00 00"; // mov dword [50004h], 1
    private static final String LOAD = "8b 04 25 04 00 05 00"; // mov eax, [50004h]
    private static final int EXECUTE = 0;
    private static final int PORT_1 = 0x2;
    private static final int WRITE_4 = 0xD;
    private static final int READ_WRITE_4 = 0xF;

    private final TinyGuest guest = TinyGuest.long64();
    private final Processor cpu = guest.cpu;

    @AfterEach
    void close() {
        guest.close();
    }

    /** mov dr0, rax; mov dr7, rdx; then the code. */
    private TinyGuest run(long address, int kind, String code) {
        cpu.gpr[Processor.RAX] = address;
        cpu.gpr[Processor.RDX] = (long) kind << 16 | 2;
        return guest.run("0f 23 c0 0f 23 fa" + code);
    }

    @Test
    void anInstructionBreakpointFaultsBeforeTheInstruction() {
        run(TinyGuest.CODE + 7, EXECUTE, "90 ff c1 90").expectVector(Vector.DB); // nop; inc ecx
        assertEquals(TinyGuest.CODE + 7, guest.slot(0));
        assertEquals(2, guest.slot(2), "the handler sets RF itself");
        assertEquals(0, guest.register(Processor.RCX));
        assertEquals(0xFFFF_0FF1L, cpu.dr[6]);
    }

    @Test
    void theResumeFlagLetsTheInstructionPassOnce() {
        guest.put(TinyGuest.handler(Vector.DB), "ff c3 81 4c 24 10 00 00 01 00 48 cf"); // inc ebx; or RF; iretq
        guest.put(TinyGuest.CODE + 6, "ff c1 eb fc"); // inc ecx; jmp back
        cpu.gpr[Processor.RAX] = TinyGuest.CODE + 6;
        cpu.gpr[Processor.RDX] = 2;
        guest.put(TinyGuest.CODE, "0f 23 c0 0f 23 fa");
        guest.machine.run(2 + 5 * 6);
        assertEquals(5, guest.register(Processor.RBX));
        assertEquals(5, guest.register(Processor.RCX));
        assertEquals(0, cpu.systemFlags & Control.RF);
    }

    @Test
    void aWriteBreakpointTrapsBehindTheStore() {
        run(WATCHED, WRITE_4, LOAD + STORE + "90").expectVector(Vector.DB);
        assertEquals(TinyGuest.CODE + 6 + 7 + 11, guest.slot(0));
        assertEquals(1, guest.get32(WATCHED));
        assertEquals(0xFFFF_0FF1L, cpu.dr[6]);
    }

    @Test
    void anAccessBreakpointTrapsBehindLoadsToo() {
        run(WATCHED, READ_WRITE_4, LOAD + "90").expectVector(Vector.DB);
        assertEquals(TinyGuest.CODE + 6 + 7, guest.slot(0));
    }

    @Test
    void neighbouringBytesAreNotWatched() {
        run(WATCHED + 4, WRITE_4, STORE + "cd 40").expectVector(0x40);
    }

    @Test
    void breakpointsAreRestoredWithTheProcessor() {
        cpu.dr[0] = WATCHED;
        cpu.dr[7] |= WRITE_4 << 16 | 1;
        ProcessorState.restore(cpu, ProcessorState.save(cpu));
        guest.run(STORE).expectVector(Vector.DB);
    }

    @Test
    void aDisabledBreakpointIsForgotten() {
        run(WATCHED, WRITE_4, "0f 21 f9 31 d2 0f 23 fa" + STORE + "cd 40").expectVector(0x40); // dr7 = 0
    }

    @Test
    void aPortBreakpointTrapsBehindTheAccess() {
        cpu.cr4 |= Control.CR4_DE;
        run(0x61, PORT_1, "e4 60 e4 61 90").expectVector(Vector.DB); // in al, 60h; in al, 61h
        assertEquals(TinyGuest.CODE + 6 + 4, guest.slot(0));
        assertEquals(0xFFFF_0FF1L, cpu.dr[6]);
    }

    @Test
    void aPortBreakpointSeesEachWidthAndEachIterationOfAString() {
        cpu.cr4 |= Control.CR4_DE;
        cpu.gpr[Processor.RCX] = 3;
        cpu.gpr[Processor.RSI] = TinyGuest.CODE;
        cpu.gpr[Processor.RBX] = 0x5F;
        run(0x60, PORT_1, "89 da f3 66 6f").expectVector(Vector.DB); // mov edx, ebx; rep outsw
        assertEquals(2, cpu.gpr[Processor.RCX]);
        assertEquals(TinyGuest.CODE + 8, guest.slot(0), "between two iterations");
    }

    @Test
    void withoutDebuggingExtensionsThereAreNoPortBreakpoints() {
        run(0x61, PORT_1, "e4 61 f4");
        assertEquals(TinyGuest.CODE + 9, guest.register(Processor.RIP));
    }

    @Test
    void anInstructionBreakpointComesBeforeTheFaultsOfTheFetch() {
        run(TinyGuest.NOT_PRESENT, EXECUTE, "b9 00 00 60 00 ff e1").expectVector(Vector.DB); // mov ecx, 600000h; jmp rcx
        assertEquals(TinyGuest.NOT_PRESENT, guest.slot(0));
    }

    @Test
    void behindALoadOfTheStackSegmentThereIsNoInstructionBreakpoint() {
        cpu.gpr[Processor.RCX] = TinyGuest.DATA;
        run(TinyGuest.CODE + 8, EXECUTE, "8e d1 90 cd 40").expectVector(0x40); // mov ss, ecx; nop; int 40h
    }

    private static final String LOAD_SS = "8e 14 25 04 00 05 00"; // mov ss, [50004h]
    private static final long BEHIND_LOAD = TinyGuest.CODE + 6 + 7;

    private TinyGuest runBehindHit(String code) {
        guest.put32(WATCHED, TinyGuest.DATA);
        return run(WATCHED, READ_WRITE_4, LOAD_SS + code);
    }

    @Test
    void aHitOfALoadOfTheStackSegmentTrapsBehindTheNextInstruction() {
        runBehindHit("ff c3 90").expectVector(Vector.DB); // inc ebx
        assertEquals(BEHIND_LOAD + 2, guest.slot(0));
        assertEquals(1, guest.register(Processor.RBX));
        assertEquals(0xFFFF_0FF1L, cpu.dr[6]);
    }

    @Test
    void aHitHeldBackTrapsBeforeTheFirstInstructionOfWhateverHandlerIsEntered() {
        runBehindHit("cd 40").expectVector(Vector.DB); // int 40h
        assertEquals(TinyGuest.handler(0x40), guest.slot(0));
    }

    @Test
    void aHitHeldBackTrapsBeforeTheFirstInstructionOfAFaultsHandler() {
        runBehindHit("0f 0b").expectVector(Vector.DB); // ud2
        assertEquals(TinyGuest.handler(Vector.UD), guest.slot(0));
        assertEquals(BEHIND_LOAD, guest.slot(6), "the fault's own frame");
    }

    @Test
    void aHitHeldBackByInt1IsOneMoreReasonForIt() {
        runBehindHit("f1").expectVector(Vector.DB); // int1
        assertEquals(BEHIND_LOAD + 1, guest.slot(0), "not the handler interrupted");
        assertEquals(0xFFFF_0FF1L, cpu.dr[6]);
    }

    @Test
    void hitsOfTwoLoadsOfTheStackSegmentTrapTogether() {
        guest.put32(WATCHED, TinyGuest.DATA);
        cpu.dr[1] = WATCHED;
        cpu.gpr[Processor.RCX] = TinyGuest.DATA;
        run(WATCHED, READ_WRITE_4, LOAD_SS + "8e d1 ff c3 90").expectVector(Vector.DB); // mov ss, ecx; inc ebx
        assertEquals(BEHIND_LOAD + 4, guest.slot(0));
    }

    @Test
    void whatIsHeldBackIsRestoredWithTheProcessor() {
        guest.put32(WATCHED, TinyGuest.DATA);
        cpu.gpr[Processor.RAX] = WATCHED;
        cpu.gpr[Processor.RDX] = (long) READ_WRITE_4 << 16 | 2;
        guest.step("0f 23 c0 0f 23 fa" + LOAD_SS + "ff c3 90", 3);
        ProcessorState.restore(cpu, ProcessorState.save(cpu));
        guest.machine.run(100);
        guest.expectVector(Vector.DB);
        assertEquals(1, guest.register(Processor.RBX));
    }

    @Test
    void aTrapBetweenTwoIterationsPushesTheResumeFlag() {
        cpu.gpr[Processor.RCX] = 3;
        cpu.gpr[Processor.RDI] = WATCHED;
        run(WATCHED, WRITE_4, "f3 aa 90").expectVector(Vector.DB); // rep stosb
        assertEquals(TinyGuest.CODE + 6, guest.slot(0));
        assertEquals(2, cpu.gpr[Processor.RCX]);
        assertEquals(Control.RF, guest.slot(2) & Control.RF);
    }

    @Test
    void aTrapBehindTheLastIterationDoesNot() {
        cpu.gpr[Processor.RCX] = 1;
        cpu.gpr[Processor.RDI] = WATCHED;
        run(WATCHED, WRITE_4, "f3 aa 90").expectVector(Vector.DB);
        assertEquals(TinyGuest.CODE + 8, guest.slot(0));
        assertEquals(0, guest.slot(2) & Control.RF);
    }

    @Test
    void theResumeFlagLetsAllIterationsPass() {
        guest.put(TinyGuest.handler(Vector.DB), "ff c3 81 4c 24 10 00 00 01 00 48 cf"); // inc ebx; or RF; iretq
        cpu.gpr[Processor.RCX] = 5;
        cpu.gpr[Processor.RDI] = WATCHED;
        run(TinyGuest.CODE + 6, EXECUTE, "f3 aa cd 40").expectVector(0x40); // rep stosb; int 40h
        assertEquals(1, guest.register(Processor.RBX));
        assertEquals(0, guest.register(Processor.RCX));
    }

    /** One, two, eight or four bytes by the length field, from the address rounded down to that (SDM volume 3, section 17.2.5). */
    @ParameterizedTest
    @CsvSource({"0, 1", "1, 2", "2, 8", "3, 4"})
    void aDataBreakpointWatchesBytesFromAMultipleOfItsLength(int field, int length) {
        for (int offset = 0; offset < 8; offset++) {
            long first = WATCHED + offset & -length;
            for (long stored = first - 1; stored <= first + length; stored++) {
                try (TinyGuest other = TinyGuest.long64()) {
                    other.cpu.gpr[Processor.RAX] = WATCHED + offset;
                    other.cpu.gpr[Processor.RDX] = field << 18 | 1 << 16 | 2;
                    other.cpu.gpr[Processor.RCX] = stored;
                    other.run("0f 23 c0 0f 23 fa 88 01 0f 0b"); // mov [rcx], al; ud2
                    boolean hit = stored >= first && stored < first + length;
                    other.expectVector(hit ? Vector.DB : Vector.UD);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"60, 0, e4 61, false", "60, 1, e4 61, true", "61, 1, e4 60, true", "60, 3, e4 63, true",
        "63, 3, e4 60, true",
        "60, 3, e4 64, false", "60, 0, e5 5e, true", "60, 0, e5 5d, true", "60, 0, e5 5c, false",
        "60, 0, 66 e5 5f, true"})
    void aPortBreakpointWatchesPortsFromAMultipleOfItsLength(String port, int field, String access, boolean hit) {
        cpu.cr4 |= Control.CR4_DE;
        run(Long.parseLong(port, 16), field << 2 | PORT_1, access + "0f 0b").expectVector(hit ? Vector.DB : Vector.UD);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16, 32, 64, 128})
    void eachEnablingBitIsOfOneRegister(int enabled) {
        int register = Integer.numberOfTrailingZeros(enabled) / 2;
        cpu.dr[register] = TinyGuest.CODE + 3;
        cpu.gpr[Processor.RDX] = enabled;
        guest.run("0f 23 fa 90 90").expectVector(Vector.DB); // mov dr7, rdx
        assertEquals(TinyGuest.CODE + 3, guest.slot(0));
        assertEquals(0xFFFF_0FF0L | 1 << register, cpu.dr[6]);
    }
}
