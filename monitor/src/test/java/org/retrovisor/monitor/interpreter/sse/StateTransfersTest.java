package org.retrovisor.monitor.interpreter.sse;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.interpreter.SingleSteps;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

/** FXSAVE, XSAVE and their relatives, operand at [RBX], the components in EDX:EAX. */
class StateTransfersTest {
    private static final String FXSAVE = "0F AE 03";
    private static final String FXSAVE64 = "48 0F AE 03";
    private static final String FXRSTOR64 = "48 0F AE 0B";
    private static final String LDMXCSR = "0F AE 13";
    private static final String STMXCSR = "0F AE 1B";
    private static final String XSAVE64 = "48 0F AE 23";
    private static final String XRSTOR64 = "48 0F AE 2B";
    private static final String XSAVEOPT64 = "48 0F AE 33";
    private static final String XGETBV = "0F 01 D0";
    private static final String XSETBV = "0F 01 D1";
    private static final String FLD1 = "D9 E8";
    private static final long AREA = 0x4000;
    private static final long UNTOUCHED = 0xA5A5_A5A5_A5A5_A5A5L;

    private final SingleSteps steps = new SingleSteps();
    private final Processor cpu = steps.cpu;

    @BeforeEach
    void prepare() {
        cpu.gpr[Processor.RBX] = AREA;
        for (int at = 0; at < 576; at += 8) {
            cpu.mmu.store64(AREA + at, UNTOUCHED);
        }
        cpu.fpu.initialize();
        for (int k = 0; k < 32; k++) {
            cpu.xmm[k] = 0x0101_0101_0101_0101L * k;
        }
        cpu.xcr0 = 3;
        components(3);
    }

    @AfterEach
    void close() {
        steps.close();
    }

    @Test
    void fxsaveFollowsTheManualsLayout() {
        cpu.mxcsr = 0x1FA5;
        steps.execute(FLD1);
        steps.execute(FXSAVE64);
        assertEquals(0x037F, cpu.mmu.load16(AREA), "FCW");
        assertEquals(0x3800, cpu.mmu.load16(AREA + 2), "FSW");
        assertEquals(0x80, cpu.mmu.load8(AREA + 4), "abridged tag");
        assertEquals(0x0000_FFFF_0000_1FA5L, cpu.mmu.load64(AREA + 24), "MXCSR and its mask");
        assertEquals(0x8000_0000_0000_0000L, cpu.mmu.load64(AREA + 32), "ST0");
        assertEquals(0x3FFF, cpu.mmu.load64(AREA + 40), "ST0");
        assertEquals(0x0202_0202_0202_0202L, cpu.mmu.load64(AREA + 160 + 16), "XMM1");
        assertEquals(0x1F1F_1F1F_1F1F_1F1FL, cpu.mmu.load64(AREA + 160 + 248), "XMM15");
        assertEquals(UNTOUCHED, cpu.mmu.load64(AREA + 416), "reserved");
    }

    @Test
    void fxrstorTakesBackWhatFxsaveStored() {
        steps.execute(FLD1);
        cpu.mxcsr = 0x7F80;
        steps.execute(FXSAVE64);
        forgetAll();
        steps.execute(FXRSTOR64);
        assertEquals(0x7F80, cpu.mxcsr);
        assertEquals(0x80, cpu.fpu.abridgedTag());
        assertEquals(7, cpu.fpu.top());
        assertEquals(0x3FFF, cpu.fpu.signExponent(0));
        assertEquals(0x1F1F_1F1F_1F1F_1F1FL, cpu.xmm[31]);
    }

    @Test
    void reservedBitsOfMxcsrAreRefused() {
        cpu.mmu.store32(AREA, 0x0001_1F80);
        assertEquals(Vector.GP, steps.faultOf(LDMXCSR));
        steps.execute(FXSAVE);
        cpu.mmu.store32(AREA + 24, 0x0001_1F80);
        forgetAll();
        assertEquals(Vector.GP, steps.faultOf(FXRSTOR64));
        assertEquals(0, cpu.xmm[31], "nothing is restored");
    }

    @Test
    void reservedBitsOfMxcsrAreRefusedByXrstorToo() {
        for (int at = 512; at < 576; at += 8) {
            cpu.mmu.store64(AREA + at, 0);
        }
        steps.execute(XSAVE64);
        steps.execute(XRSTOR64);
        cpu.mmu.store32(AREA + 24, 0x0001_1F80);
        forgetAll();
        assertEquals(Vector.GP, steps.faultOf(XRSTOR64));
        assertEquals(0, cpu.xmm[31], "nothing is restored");
    }

    /** What is not asked for keeps its bit, whatever stands there. */
    @Test
    void xsaveLeavesTheBitsOfOtherComponents() {
        cpu.mmu.store64(AREA + 512, 4);
        components(1);
        steps.execute(FLD1);
        steps.execute(XSAVE64);
        assertEquals(5, cpu.mmu.load64(AREA + 512));
    }

    @Test
    void mxcsrIsLoadedAndStored() {
        cpu.mmu.store32(AREA, 0x9FC0);
        steps.execute(LDMXCSR);
        assertEquals(0x9FC0, cpu.mxcsr);
        cpu.mxcsr = 0x1F81;
        steps.execute(STMXCSR);
        assertEquals(0x1F81, cpu.mmu.load32(AREA));
    }

    @Test
    void areasThatAreNotAlignedAreRefused() {
        cpu.gpr[Processor.RBX] = AREA + 8;
        assertEquals(Vector.GP, steps.faultOf(FXSAVE64));
        assertEquals(Vector.GP, steps.faultOf(FXRSTOR64));
        cpu.gpr[Processor.RBX] = AREA + 32;
        assertEquals(Vector.GP, steps.faultOf(XSAVE64));
        assertEquals(Vector.GP, steps.faultOf(XRSTOR64));
    }

    @Test
    void taskSwitchedAndMissingConsentAreReported() {
        cpu.cr0 |= Control.CR0_TS;
        assertEquals(Vector.NM, steps.faultOf(FXSAVE64));
        assertEquals(Vector.NM, steps.faultOf(XSAVE64));
        assertEquals(Vector.NM, steps.faultOf(STMXCSR));
        cpu.cr0 &= ~Control.CR0_TS;
        cpu.cr4 &= ~Control.CR4_OSXSAVE;
        assertEquals(Vector.UD, steps.faultOf(XSAVE64));
        assertEquals(Vector.UD, steps.faultOf(XGETBV));
    }

    @Test
    void xsaveStoresOnlyWhatIsAskedFor() {
        cpu.mmu.store64(AREA + 512, 0);
        components(2);
        steps.execute(FLD1);
        steps.execute(XSAVE64);
        assertEquals(UNTOUCHED, cpu.mmu.load64(AREA), "x87");
        assertEquals(cpu.mxcsr, cpu.mmu.load32(AREA + 24));
        assertEquals(0x0202_0202_0202_0202L, cpu.mmu.load64(AREA + 160 + 16));
        assertEquals(2, cpu.mmu.load64(AREA + 512), "XSTATE_BV");
    }

    @Test
    void xsaveMarksComponentsInTheirInitialStateAsAbsent() {
        cpu.mmu.store64(AREA + 512, 1);
        steps.execute(XSAVE64);
        assertEquals(2, cpu.mmu.load64(AREA + 512), "x87 is initial");
        assertEquals(0x037F, cpu.mmu.load16(AREA), "but stored all the same");
        Arrays.fill(cpu.xmm, 0);
        cpu.mmu.store64(AREA, UNTOUCHED);
        steps.execute(FLD1);
        steps.execute(XSAVE64);
        assertEquals(1, cpu.mmu.load64(AREA + 512));
        assertNotEquals(UNTOUCHED, cpu.mmu.load64(AREA));
    }

    @Test
    void xsaveoptLeavesOutComponentsInTheirInitialState() {
        cpu.mmu.store64(AREA + 512, 3);
        steps.execute(XSAVEOPT64);
        assertEquals(2, cpu.mmu.load64(AREA + 512));
        assertEquals(UNTOUCHED, cpu.mmu.load64(AREA), "x87");
        assertEquals(0x0202_0202_0202_0202L, cpu.mmu.load64(AREA + 160 + 16));
    }

    @Test
    void xrstorInitializesAbsentComponents() {
        clearHeader(2);
        for (int k = 0; k < 32; k++) {
            cpu.mmu.store64(AREA + 160 + 8 * k, 7 * k);
        }
        cpu.mmu.store32(AREA + 24, 0x1F80);
        steps.execute(FLD1);
        steps.execute(XRSTOR64);
        assertEquals(7, cpu.xmm[1]);
        assertEquals(0, cpu.fpu.abridgedTag());
        assertEquals(0x37F, cpu.fpu.control());
        clearHeader(0);
        cpu.mmu.store32(AREA + 24, 0x3F80);
        steps.execute(XRSTOR64);
        assertEquals(0, cpu.xmm[31]);
        assertEquals(0x3F80, cpu.mxcsr, "MXCSR comes from memory even so");
    }

    @Test
    void xrstorRefusesHeadersItDoesNotUnderstand() {
        cpu.mmu.store32(AREA + 24, 0x1F80);
        clearHeader(4);
        assertEquals(Vector.GP, steps.faultOf(XRSTOR64), "component not in XCR0");
        clearHeader(3);
        cpu.mmu.store64(AREA + 520, 1L << 63);
        assertEquals(Vector.GP, steps.faultOf(XRSTOR64), "compacted format");
        clearHeader(3);
        cpu.mmu.store64(AREA + 528, 1);
        assertEquals(Vector.GP, steps.faultOf(XRSTOR64), "reserved");
    }

    @Test
    void xcr0TakesWhatIsOffered() {
        cpu.gpr[Processor.RCX] = 0;
        components(1);
        steps.execute(XSETBV);
        assertEquals(1, cpu.xcr0);
        components(2);
        assertEquals(Vector.GP, steps.faultOf(XSETBV), "x87 cannot be off");
        components(7);
        assertEquals(Vector.GP, steps.faultOf(XSETBV), "AVX is not offered");
        steps.execute(XGETBV);
        assertEquals(1, cpu.gpr[Processor.RAX]);
        cpu.gpr[Processor.RCX] = 1;
        assertEquals(Vector.GP, steps.faultOf(XGETBV));
        cpu.gpr[Processor.RCX] = 0;
        components(3);
        cpu.setCpl(3);
        assertEquals(Vector.GP, steps.faultOf(XSETBV));
    }

    @Test
    void mmxUsesTheX87Registers() {
        steps.execute(FLD1);
        steps.execute("48 0F 6E C3"); // MOVQ mm0, rbx
        assertEquals(0, cpu.fpu.top());
        assertEquals(0xFF, cpu.fpu.abridgedTag());
        assertEquals(AREA, cpu.fpu.physicalSignificand(0));
        assertEquals(0xFFFF, cpu.fpu.physicalSignExponent(0));
        steps.execute("0F 77"); // EMMS
        assertEquals(0, cpu.fpu.abridgedTag());
        cpu.cr0 |= Control.CR0_EM;
        assertEquals(Vector.UD, steps.faultOf("0F 77"));
    }

    private void components(long mask) {
        cpu.gpr[Processor.RAX] = mask;
        cpu.gpr[Processor.RDX] = 0;
    }

    private void clearHeader(long present) {
        for (int at = 512; at < 576; at += 8) {
            cpu.mmu.store64(AREA + at, 0);
        }
        cpu.mmu.store64(AREA + 512, present);
    }

    private void forgetAll() {
        Arrays.fill(cpu.xmm, 0);
        cpu.mxcsr = 0x1F80;
        cpu.fpu.initialize();
        for (int p = 0; p < 8; p++) {
            cpu.fpu.setPhysical(p, 0, 0);
        }
    }
}
