package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** #AC: CR0.AM, RFLAGS.AC and CPL 3 together, and only on accesses of 2, 4 and 8 bytes that are not aligned to their size. */
@OnEachEngine
class AlignmentTest {
    private static TinyGuest user(boolean am, boolean ac) {
        return user(am, ac, ModelChange.currentVersion());
    }

    private static TinyGuest user(boolean am, boolean ac, int version) {
        TinyGuest guest = TinyGuest.long64(CpuModel.V2, version).asUser();
        guest.cpu.cr0 |= am ? Control.CR0_AM : 0;
        guest.cpu.cr4 |= Control.CR4_OSFXSR;
        guest.cpu.setRflags(ac ? Control.AC : 0);
        guest.cpu.setCpl(3);
        guest.cpu.gpr[Processor.RBX] = TinyGuest.USER_STACK + 0x101;
        return guest;
    }

    @ParameterizedTest
    @CsvSource({
        "load of 2 bytes, 66 8b 03", "load of 4 bytes, 8b 03", "load of 8 bytes, 48 8b 03", "store, 89 03",
        "read and write, 01 03", "crossing a page, 8b 83 fd0e0000", "POP, 5c 58", "MOVS, 48 89 de 48 8d 7b 07 a5",
        "MOVSD, f2 0f 10 03", "MOVUPS, 0f 10 03", "XCHG, 87 03", "BT, 0f ab 03"})
    void misalignedAccessesOfUsersRaiseIt(String what, String code) {
        try (TinyGuest guest = user(true, true)) {
            guest.put64(TinyGuest.USER_STACK, TinyGuest.USER_STACK + 0x21);
            guest.run(code).expectVector(Vector.AC);
            assertEquals(0, guest.slot(0), what + ": the error code");
        }
    }

    @ParameterizedTest
    @CsvSource({"aligned, 8b 43 03", "a byte, 8a 03", "FXSAVE-like images align to their parts, dd 43 07"})
    void alignedAccessesDoNot(String what, String code) {
        try (TinyGuest guest = user(true, true)) {
            guest.run(code + "0f0b").expectVector(Vector.UD);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, true", "true, false", "false, false"})
    void oneSwitchAloneDoesNotTurnItOn(boolean am, boolean ac) {
        try (TinyGuest guest = user(am, ac)) {
            guest.run("8b 03 0f0b").expectVector(Vector.UD);
        }
    }

    @Test
    void theFlagCountsFromTheNextInstructionOn() {
        try (TinyGuest guest = user(true, false)) {
            guest.run("8b 03 9c 81 0c24 00000400 9d 8b 03").expectVector(Vector.AC); // pushf; or [rsp], AC; popf
        }
    }

    /** Before version 7 of the models page faults came first. What an operand comes behind is compared with an AMD EPYC. */
    @ParameterizedTest
    @CsvSource({"load, 8b 03", "store, 89 03", "read and write, 01 03", "PUSH, ff 33", "POP, 8f 03", "BTS, 0f ba 2b 01",
        "MOVUPS, 0f 10 03", "MOVUPS to it, 0f 11 03", "FSTP of 80 bits, db 7b fb",
        "FNSTENV to 4 bytes, d9 73 01", "FLDENV from 4 bytes, d9 63 01", "FNSAVE to 4 bytes, dd 73 01",
        "FNSTENV to 2 bytes, 66 d9 33", "MOVS, 48 89 de 48 8d 3c 24 a5",
        "REP MOVS, 48 89 de 48 8d 3c 24 b9 03 00 00 00 f3 a5",
        "REP MOVS to it, 48 89 df 48 8d 34 24 b9 03 00 00 00 f3 a5", "REP STOS, 48 89 df b9 03 00 00 00 f3 ab",
        "a page border, 8b 43 fd"})
    void itComesBeforePageFaults(String what, String code) {
        for (int version = 6; version <= 7; version++) {
            try (TinyGuest guest = user(true, true, version)) {
                guest.cpu.gpr[Processor.RBX] = TinyGuest.NOT_PRESENT + 1;
                guest.run(code).expectVector(version == 7 ? Vector.AC : Vector.PF);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"aligned load, 8b 43 03, 14", "not canonical, 48 0f ba eb 3e 8b 03, 13",
        "the first operand's page, ff 73 07, 14"})
    void butNotBeforeAnythingElse(String what, String code, int vector) {
        try (TinyGuest guest = user(true, true)) {
            guest.cpu.gpr[Processor.RBX] = TinyGuest.NOT_PRESENT + 1;
            guest.run(code).expectVector(vector);
        }
    }

    @Test
    void theSupervisorIsNotChecked() {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.cpu.cr0 |= Control.CR0_AM;
            guest.cpu.setRflags(Control.AC);
            guest.cpu.gpr[Processor.RBX] = TinyGuest.CODE + 0x101;
            guest.run("8b 03 0f0b").expectVector(Vector.UD);
        }
    }
}
