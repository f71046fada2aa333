package org.retrovisor.monitor.platform;

/**
 * A message on the bus between IOAPIC and local APICs (Intel SDM volume 3, "Delivery Mode").
 *
 * @param destination APIC id, or set of logical ids
 * @param logical whether {@code destination} is a logical one
 * @param mode one of the constants of this record
 * @param vector 0 to 255
 * @param level level triggered: its end is told to the IOAPIC
 */
record InterruptMessage(int destination, boolean logical, int mode, int vector, boolean level) {
    static final int FIXED = 0;
    static final int LOWEST_PRIORITY = 1;
    static final int SMI = 2;
    static final int NMI = 4;
    static final int INIT = 5;
    static final int STARTUP = 6;
    static final int EXTINT = 7;

    /** The physical destination that means every processor. */
    static final int EVERYBODY = 0xFF;
}
