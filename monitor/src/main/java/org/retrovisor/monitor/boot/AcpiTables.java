package org.retrovisor.monitor.boot;

import org.retrovisor.monitor.platform.Addresses;

/**
 * The ACPI tables of the machine (ACPI specification, chapter "ACPI Software Programming Model"): RSDP, XSDT, FADT, FACS,
 * MADT and a DSDT. They say what {@link Addresses} says.
 */
final class AcpiTables {
    /** Where the root pointer is: the area that operating systems search. */
    static final long ROOT_POINTER = MemoryMap.FIRMWARE;

    private static final String OEM = "RETROV";
    private static final String OEM_TABLE = "RETROVSR";
    private static final int HEADER = 36;
    private static final int CHECKSUM = 9;
    private static final int ALIGNMENT = 64;

    /** Space of generic addresses: I/O ports. */
    private static final int PORTS = 1;

    /** FADT IA-PC boot architecture: devices on the ISA bus, no VGA. No 8042 is claimed: nothing is attached to it. */
    private static final int BOOT_ARCHITECTURE = 0x0005;

    /** FADT flags: WBINVD, C1 works, no fixed sleep button, no fixed RTC wake, 32-bit timer, reset register. */
    private static final int FADT_FLAGS = 1 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 8 | 1 << 10;

    /** Latencies that say: there is no such processor power state. */
    private static final int NO_C2 = 101;

    private static final int NO_C3 = 1001;
    private static final int CENTURY_REGISTER = 0x32;

    private static final int MADT_LOCAL_APIC = 0;
    private static final int MADT_IO_APIC = 1;
    private static final int MADT_OVERRIDE = 2;
    private static final int MADT_LOCAL_NMI = 4;
    /** Override flags: active high, level triggered. */
    private static final int HIGH_LEVEL = 0x0D;

    private final BootMemory memory;
    private long next;

    private AcpiTables(BootMemory memory, long base) {
        this.memory = memory;
        this.next = base;
    }

    /** Writes the tables; the root pointer goes to {@link #ROOT_POINTER}. */
    static void write(BootMemory memory, MemoryMap map, int processors) {
        var tables = new AcpiTables(memory, map.acpiBase());
        long facs = tables.place(facs());
        long dsdt = tables.place(dsdt());
        long fadt = tables.place(fadt(facs, dsdt));
        long madt = tables.place(madt(processors));
        long xsdt = tables.place(xsdt(fadt, madt));
        memory.write(ROOT_POINTER, rootPointer(xsdt));
        if (tables.next > map.lowEnd()) {
            throw new IllegalStateException("the ACPI tables need more room than is kept for them");
        }
    }

    private long place(byte[] table) {
        long address = next;
        memory.write(address, table);
        next += Math.ceilDiv(table.length, ALIGNMENT) * (long) ALIGNMENT;
        return address;
    }

    static byte[] rootPointer(long xsdt) {
        byte[] pointer = new LittleEndian().text("RSD PTR ").u8(0).text(OEM).u8(2).u32(0).u32(36).u64(xsdt).u32(0)
                .bytes();
        // The first checksum covers what ACPI 1.0 knew, the second everything.
        pointer[8] = (byte) -sum(pointer, 20);
        pointer[32] = (byte) -sum(pointer, pointer.length);
        return pointer;
    }

    static byte[] xsdt(long... tables) {
        var body = new LittleEndian();
        for (long table : tables) {
            body.u64(table);
        }
        return table("XSDT", 1, body.bytes());
    }

    /** The firmware control structure: no header, no checksum. */
    static byte[] facs() {
        return new LittleEndian().text("FACS").u32(64).zerosTo(32).u8(2).zerosTo(64).bytes();
    }

    static byte[] fadt(long facs, long dsdt) {
        var body = new LittleEndian();
        body.u32(facs).u32(dsdt).u8(0).u8(0).u16(Addresses.SCI_IRQ);
        body.u32(0).u32(0); // no SMI command port: the machine is always in ACPI mode
        body.u32(Addresses.ACPI_EVENT).u32(0).u32(Addresses.ACPI_CONTROL).u32(0).u32(0).u32(Addresses.ACPI_TIMER);
        body.u32(0).u32(0); // no general purpose events
        body.u8(4).u8(2).u8(0).u8(4).u8(0).u8(0).u8(0).u8(0);
        body.u16(NO_C2).u16(NO_C3).u16(0).u16(0).u8(0).u8(0);
        body.u8(0).u8(0).u8(CENTURY_REGISTER).u16(BOOT_ARCHITECTURE).u8(0).u32(FADT_FLAGS);
        ports(body, Addresses.RESET_CONTROL, 1, 1).u8(Addresses.RESET_VALUE).u16(0).u8(0);
        body.u64(0).u64(dsdt); // the 32-bit FACS address above is enough; giving both is an error
        ports(body, Addresses.ACPI_EVENT, 4, 2);
        nowhere(body);
        ports(body, Addresses.ACPI_CONTROL, 2, 2);
        nowhere(body);
        nowhere(body);
        ports(body, Addresses.ACPI_TIMER, 4, 3);
        nowhere(body);
        nowhere(body);
        return table("FACP", 4, body.bytes());
    }

    /** A generic address: {@code bytes} of ports; the access size is 1, 2 or 3 for 1, 2 or 4 bytes. */
    private static LittleEndian ports(LittleEndian to, int port, int bytes, int accessSize) {
        return to.u8(PORTS).u8(8 * bytes).u8(0).u8(accessSize).u64(port);
    }

    private static void nowhere(LittleEndian to) {
        to.u32(0).u64(0);
    }

    static byte[] madt(int processors) {
        var body = new LittleEndian();
        body.u32(Addresses.LOCAL_APIC).u32(1); // there is also an 8259 pair
        for (int id = 0; id < processors; id++) {
            body.u8(MADT_LOCAL_APIC).u8(8).u8(id).u8(id).u32(1);
        }
        body.u8(MADT_IO_APIC).u8(12).u8(0).u8(0).u32(Addresses.IO_APIC).u32(0);
        override(body, Addresses.TIMER_IRQ, Addresses.TIMER_INPUT, 0);
        override(body, Addresses.SCI_IRQ, Addresses.SCI_IRQ, HIGH_LEVEL);
        body.u8(MADT_LOCAL_NMI).u8(6).u8(0xFF).u16(0).u8(1);
        return table("APIC", 3, body.bytes());
    }

    private static void override(LittleEndian to, int irq, int input, int flags) {
        to.u8(MADT_OVERRIDE).u8(10).u8(0).u8(irq).u32(input).u16(flags);
    }

    static byte[] dsdt() {
        var bridge = new LittleEndian();
        Aml.buses(bridge, 0, 0);
        Aml.ports(bridge, 0xCF8, 8);
        Aml.portWindow(bridge, 0, 0x0CF7);
        Aml.portWindow(bridge, 0x0D00, 0xFFFF);
        Aml.memoryWindow(bridge, 0xA0000, 0xBFFFF);
        Aml.memoryWindow(bridge, MemoryMap.DEVICES, Addresses.IO_APIC - 1);
        var serial = Aml.interrupt(Aml.ports(new LittleEndian(), Addresses.COM1, 8), Addresses.COM1_IRQ);
        var clock = Aml.interrupt(Aml.ports(new LittleEndian(), Addresses.RTC, 2), Addresses.RTC_IRQ);

        var devices = new Aml()
                .device("PCI0", new Aml().nameEisaId("_HID", "PNP0A03").nameInteger("_BBN", 0)
                        .nameInteger("_UID", 0).nameResources("_CRS", bridge))
                .device("COM1", new Aml().nameEisaId("_HID", "PNP0501").nameInteger("_UID", 1)
                        .nameResources("_CRS", serial))
                .device("RTC0", new Aml().nameEisaId("_HID", "PNP0B00").nameResources("_CRS", clock));
        var root = new Aml().namePackage("\\_S5_", Addresses.SLEEP_TYPE_SOFT_OFF, 0, 0, 0).scope("\\_SB_", devices);
        return table("DSDT", 2, root.bytes());
    }

    /** A table: header with a checksum that makes all bytes add up to zero, and body. */
    private static byte[] table(String signature, int revision, byte[] body) {
        byte[] table = new LittleEndian().text(signature).u32(HEADER + body.length).u8(revision).u8(0).text(OEM)
                .text(OEM_TABLE).u32(1).text("RTRV").u32(1).raw(body).bytes();
        table[CHECKSUM] = (byte) -sum(table, table.length);
        return table;
    }

    private static int sum(byte[] bytes, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += bytes[i];
        }
        return sum;
    }
}
