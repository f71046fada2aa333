package org.retrovisor.monitor.platform;

/** Where the devices of the machine are; the ACPI tables say the same to the guest. */
public final class Addresses {
    /** Ports of the fixed ACPI hardware: PM1a event block, PM1a control block and timer. */
    public static final int ACPI_EVENT = 0x600;

    public static final int ACPI_CONTROL = 0x604;
    public static final int ACPI_TIMER = 0x608;
    /** The reset control register, and the value that resets. */
    public static final int RESET_CONTROL = 0xCF9;

    public static final int RESET_VALUE = 0x06;
    /** The sleep type of soft-off. */
    public static final int SLEEP_TYPE_SOFT_OFF = AcpiPowerManagement.SLEEP_TYPE_SOFT_OFF;

    /** The first serial port. */
    public static final int COM1 = 0x3F8;

    public static final int COM1_IRQ = 4;
    public static final int RTC = 0x70;
    public static final int RTC_IRQ = 8;
    /** The interrupt of the fixed ACPI hardware, level triggered. */
    public static final int SCI_IRQ = 9;
    /** The interval timer's ISA interrupt, and the IOAPIC input to which it is wired instead. */
    public static final int TIMER_IRQ = 0;

    public static final int TIMER_INPUT = 2;

    public static final long IO_APIC = 0xFEC0_0000L;
    public static final long LOCAL_APIC = LocalApic.DEFAULT_ADDRESS;

    public static final int DEBUG_EXIT = 0xF4;
    public static final int PANIC = 0x505;

    private Addresses() {}
}
