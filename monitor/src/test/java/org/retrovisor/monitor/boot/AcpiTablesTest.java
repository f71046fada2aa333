package org.retrovisor.monitor.boot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.platform.Addresses;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AcpiTablesTest {
    private static final long SIZE = 16L << 20;

    private final FakeMemory memory = new FakeMemory(SIZE);

    private static int sum(byte[] bytes) {
        int sum = 0;
        for (byte value : bytes) {
            sum += value;
        }
        return sum & 0xFF;
    }

    private List<Long> tables() throws BootException {
        AcpiTables.write(memory, new MemoryMap(SIZE), 2);
        long xsdt = memory.u64(AcpiTables.ROOT_POINTER + 24);
        List<Long> tables = new ArrayList<>();
        for (long at = xsdt + 36; at < xsdt + memory.u32(xsdt + 4); at += 8) {
            tables.add(memory.u64(at));
        }
        return tables;
    }

    private void assertTable(String signature, long at) {
        assertEquals(signature, memory.text(at, 4));
        assertEquals(0, sum(memory.bytes(at, (int) memory.u32(at + 4))), signature + " does not add up");
        assertTrue(at >= SIZE - MemoryMap.ACPI_SIZE && at + memory.u32(at + 4) <= SIZE);
    }

    @Test
    void the_root_pointer_adds_up_in_both_lengths_and_leads_to_the_tables() throws BootException {
        List<Long> tables = tables();
        assertEquals("RSD PTR ", memory.text(AcpiTables.ROOT_POINTER, 8));
        assertEquals(0, sum(memory.bytes(AcpiTables.ROOT_POINTER, 20)));
        assertEquals(0, sum(memory.bytes(AcpiTables.ROOT_POINTER, 36)));
        assertTable("XSDT", memory.u64(AcpiTables.ROOT_POINTER + 24));
        assertTable("FACP", tables.get(0));
        assertTable("APIC", tables.get(1));
    }

    @Test
    void the_fixed_table_describes_the_power_management_registers() throws BootException {
        long fadt = tables().getFirst();
        assertEquals(244, memory.u32(fadt + 4));
        assertEquals("FACS", memory.text(memory.u32(fadt + 36), 4));
        assertEquals(0, memory.u32(fadt + 36) % 64);
        assertTable("DSDT", memory.u32(fadt + 40));
        assertEquals(Addresses.SCI_IRQ, memory.u16(fadt + 46));
        assertEquals(Addresses.ACPI_EVENT, memory.u32(fadt + 56));
        assertEquals(Addresses.ACPI_CONTROL, memory.u32(fadt + 64));
        assertEquals(Addresses.ACPI_TIMER, memory.u32(fadt + 76));
        assertEquals(Addresses.RESET_CONTROL, memory.u64(fadt + 120));
        assertEquals(Addresses.RESET_VALUE, memory.u8(fadt + 128));
        assertEquals(memory.u32(fadt + 40), memory.u64(fadt + 140));
        assertEquals(Addresses.ACPI_EVENT, memory.u64(fadt + 152));
        assertEquals(Addresses.ACPI_CONTROL, memory.u64(fadt + 176));
        assertEquals(Addresses.ACPI_TIMER, memory.u64(fadt + 212));
    }

    @Test
    void the_interrupt_table_names_processors_and_overrides() throws BootException {
        long madt = tables().get(1);
        long end = madt + memory.u32(madt + 4);
        List<String> entries = new ArrayList<>();
        for (long at = madt + 44; at < end; at += memory.u8(at + 1)) {
            assertNotEquals(0, memory.u8(at + 1));
            entries.add(switch (memory.u8(at)) {
                case 0 -> "processor " + memory.u8(at + 3);
                case 1 -> "io apic at " + Long.toHexString(memory.u32(at + 4));
                case 2 -> "irq " + memory.u8(at + 3) + " to " + memory.u32(at + 4) + " flags " + memory.u16(at + 8);
                default -> "nmi at lint" + memory.u8(at + 5);
            });
        }
        assertEquals(List.of("processor 0", "processor 1", "io apic at fec00000", "irq 0 to 2 flags 0",
                "irq 9 to 9 flags 13", "nmi at lint1"), entries);
    }

    @Test
    void package_lengths_are_encoded_as_the_specification_says() {
        assertArrayEquals(new byte[]{0x3F}, prefix(0x3E));
        assertArrayEquals(new byte[]{0x41, 0x04}, prefix(0x3F));
        assertArrayEquals(new byte[]{0x4F, (byte) 0xFF}, prefix(0xFFD));
        assertArrayEquals(new byte[]{(byte) 0x81, 0x00, 0x01}, prefix(0xFFE));
    }

    private static byte[] prefix(int bodyLength) {
        byte[] all = Aml.lengthPrefixed(new byte[bodyLength]);
        return Arrays.copyOf(all, all.length - bodyLength);
    }

    @Test
    void identifiers_are_compressed_as_the_specification_says() {
        assertEquals(0x030A_D041L, Aml.eisaId("PNP0A03"));
        assertEquals(0x0105_D041L, Aml.eisaId("PNP0501"));
    }
}
