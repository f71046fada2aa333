package org.retrovisor.monitor.interpreter.system;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** CPUID, MSRs, clocks and random numbers. */
@OnEachEngine
class ProcessorModelTest {
    private final TinyGuest guest = TinyGuest.long64();
    private final Processor cpu = guest.cpu;

    @AfterEach
    void close() {
        guest.close();
    }

    private int[] cpuid(int leaf, int subleaf) {
        cpu.gpr[Processor.RAX] = 0xFFFF_FFFF_0000_0000L | leaf & 0xFFFF_FFFFL;
        cpu.gpr[Processor.RCX] = subleaf;
        cpu.gpr[Processor.RIP] = TinyGuest.CODE;
        guest.step("0f a2", 1);
        return new int[]{
            (int) guest.register(Processor.RAX),
            (int) guest.register(Processor.RBX),
            (int) guest.register(Processor.RCX),
            (int) guest.register(Processor.RDX)
        };
    }

    private static String text(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int word : words) {
            bytes.putInt(word);
        }
        return new String(bytes.array(), StandardCharsets.US_ASCII).replace("\0", "");
    }

    private void writeMsr(int number, long value) {
        cpu.gpr[Processor.RCX] = number & 0xFFFF_FFFFL;
        cpu.gpr[Processor.RAX] = value & 0xFFFF_FFFFL;
        cpu.gpr[Processor.RDX] = value >>> 32;
        cpu.gpr[Processor.RIP] = TinyGuest.CODE;
        guest.step("0f 30", 1);
    }

    private long readMsr(int number) {
        cpu.gpr[Processor.RCX] = number & 0xFFFF_FFFFL;
        cpu.gpr[Processor.RIP] = TinyGuest.CODE;
        guest.step("0f 32", 1);
        return guest.register(Processor.RDX) << 32 | guest.register(Processor.RAX);
    }

    private boolean refused() {
        return cpu.gpr[Processor.RIP] == TinyGuest.handler(Vector.GP);
    }

    @Test
    void theVendorAndTheNameAreFixed() {
        int[] vendor = cpuid(0, 0);
        assertEquals("GenuineIntel", text(vendor[1], vendor[3], vendor[2]));
        assertEquals("Retrovisor  ", text(java.util.Arrays.copyOfRange(cpuid(0x4000_0000, 0), 1, 4)));
        String brand = text(cpuid(0x8000_0002, 0)) + text(cpuid(0x8000_0003, 0)) + text(cpuid(0x8000_0004, 0));
        assertEquals("Retrovisor v2 Processor", brand);
    }

    @Test
    void theInstructionSetIsX8664V2() {
        int[] features = cpuid(1, 0);
        assertEquals(0xA_0601, features[0]);
        int v2 = 1 | 1 << 9 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 23; // SSE3 SSSE3 CX16 SSE4.1 SSE4.2 POPCNT
        assertEquals(v2, features[2] & v2);
        int beyond = 1 << 1 | 1 << 12 | 1 << 17 | 1 << 21 | 1 << 25 | 1 << 28; // PCLMUL FMA PCID X2APIC AES AVX
        assertEquals(0, features[2] & beyond);
        assertEquals(0x2C10_0800, cpuid(0x8000_0001, 0)[3]);
        assertEquals(40 | 48 << 8, cpuid(0x8000_0008, 0)[0]);
    }

    @Test
    void osxsaveFollowsCr4() {
        assertEquals(0, cpuid(1, 0)[2] & 1 << 27);
        cpu.cr4 |= Control.CR4_OSXSAVE;
        assertEquals(1 << 27, cpuid(1, 0)[2] & 1 << 27);
    }

    @Test
    void clockRatesMultiplyToOneGigahertz() {
        int[] clock = cpuid(0x15, 0);
        assertEquals(1_000_000_000L, (long) clock[2] * clock[1] / clock[0]);
    }

    @Test
    void cpuidClearsTheUpperHalves() {
        cpuid(0x99, 0);
        assertEquals(0, guest.register(Processor.RAX));
        assertEquals(0, guest.register(Processor.RBX));
    }

    @Test
    void registersThatOnlyStoreReadBackWhatWasWritten() {
        for (Msr register : List.of(Msr.STAR, Msr.LSTAR, Msr.KERNEL_GS_BASE, Msr.SYSENTER_EIP, Msr.TSC_AUX,
                Msr.SPEC_CTRL)) {
            writeMsr(register.number, 5);
            assertEquals(5, readMsr(register.number), register.name());
        }
    }

    @Test
    void unknownRegistersAreRefused() {
        readMsr(0x1234);
        assertTrue(refused());
        writeMsr(0x1234, 0);
        assertTrue(refused());
    }

    @Test
    void addressesMustBeCanonical() {
        for (Msr register : List.of(Msr.LSTAR, Msr.FS_BASE, Msr.KERNEL_GS_BASE, Msr.SYSENTER_ESP)) {
            writeMsr(register.number, 1L << 47);
            assertTrue(refused(), register.name());
            writeMsr(register.number, -1L << 47);
            assertTrue(!refused(), register.name());
        }
        assertEquals(-1L << 47, cpu.segments[Segment.FS].base);
    }

    @Test
    void memoryTypesMustExist() {
        writeMsr(Msr.PAT.number, 0x0007_0406_0007_0403L);
        assertTrue(refused());
        writeMsr(Msr.MTRR_PHYS_BASE1.number, 7);
        assertTrue(refused());
        writeMsr(Msr.PAT.number, 0x0407_0506_0007_0106L);
        assertEquals(0x0407_0506_0007_0106L, readMsr(Msr.PAT.number));
    }

    @Test
    void microcodeAndCapabilitiesReadAsConstants() {
        writeMsr(Msr.BIOS_SIGN_ID.number, 0);
        assertEquals(1L << 32, readMsr(Msr.BIOS_SIGN_ID.number));
        assertEquals(0x4000_0000_0D10_E17BL, readMsr(Msr.ARCH_CAPABILITIES.number));
        writeMsr(Msr.ARCH_CAPABILITIES.number, 0);
        assertTrue(refused());
    }

    @Test
    void longModeCannotBeChangedWhilePagingIsOn() {
        writeMsr(Msr.EFER.number, Control.EFER_SCE);
        assertTrue(refused());
        writeMsr(Msr.EFER.number, Control.EFER_LME | Control.EFER_SCE);
        assertEquals(Control.EFER_LME | Control.EFER_LMA | Control.EFER_SCE, readMsr(Msr.EFER.number));
        writeMsr(Msr.EFER.number, Control.EFER_LME | 1 << 14);
        assertTrue(refused());
    }

    @Test
    void thePlatformsRegistersCrossTheBoundary() {
        guest.boundary.reads.add(0xFEE0_0900L);
        assertEquals(0xFEE0_0900L, readMsr(Msr.APIC_BASE.number));
        writeMsr(Msr.APIC_BASE.number, 0xFEE0_0800L);
        assertEquals("MSR 1b 8 fee00800 @1", guest.boundary.writes.get(0));
        writeMsr(Msr.APIC_BASE.number, 0xFEE0_0C00L);
        assertTrue(refused(), "there is no x2APIC mode");
    }

    @Test
    void theTimestampCounterCanBeSetAndAdjusted() {
        guest.step("0f 31", 1); // rdtsc
        assertEquals(1000, guest.register(Processor.RAX));
        writeMsr(Msr.TIME_STAMP_COUNTER.number, 400);
        assertEquals(-600, readMsr(Msr.TSC_ADJUST.number));
        guest.boundary.timestamp = 1100;
        assertEquals(500, readMsr(Msr.TIME_STAMP_COUNTER.number));
        writeMsr(Msr.TSC_ADJUST.number, 0);
        assertEquals(1100, readMsr(Msr.TIME_STAMP_COUNTER.number));
    }

    @Test
    void theDeadlineIsOnTheGuestsOwnScale() {
        writeMsr(Msr.TSC_ADJUST.number, 50);
        writeMsr(Msr.TSC_DEADLINE.number, 2000);
        assertEquals("MSR 6e0 8 79e @1", guest.boundary.writes.get(0)); // 1950
        guest.boundary.reads.add(1950L);
        assertEquals(2000, readMsr(Msr.TSC_DEADLINE.number));
        writeMsr(Msr.TSC_DEADLINE.number, 0);
        assertEquals("MSR 6e0 8 0 @3", guest.boundary.writes.get(1));
    }

    @Test
    void rdtscpNamesTheProcessorToo() {
        cpu.msrs.set(Msr.TSC_AUX, 0x77);
        guest.boundary.timestamp = 0x1_2345_6789L;
        guest.step("0f 01 f9", 1);
        assertEquals(0x2345_6789, guest.register(Processor.RAX));
        assertEquals(1, guest.register(Processor.RDX));
        assertEquals(0x77, guest.register(Processor.RCX));
    }

    @Test
    void theTimestampCanBeHiddenFromTheUser() {
        guest.asUser();
        cpu.cr4 |= Control.CR4_TSD;
        guest.run("0f 31").expectVector(Vector.GP);
    }

    @Test
    void randomNumbersAreAlwaysThereInEverySize() {
        guest.boundary.random = 0x1122_3344_5566_7788L;
        cpu.gpr[Processor.RCX] = -1;
        guest.step("48 0f c7 f0 66 0f c7 f1 0f c7 fa", 3); // rdrand rax; rdrand cx; rdseed edx
        assertEquals(0x1122_3344_5566_7788L, guest.register(Processor.RAX));
        assertEquals(0xFFFF_FFFF_FFFF_7788L, guest.register(Processor.RCX));
        assertEquals(0x5566_7788, guest.register(Processor.RDX));
        assertEquals(3, cpu.rflags());
    }

    @Test
    void rdpidIsNotOffered() {
        guest.run("f3 0f c7 f8").expectVector(Vector.UD);
    }
}
