package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * The register page of a {@link LocalApic}: 32-bit registers, one every 16 bytes (Intel SDM volume 3, "Local APIC
 * Register Address Map"). Reserved registers read as zero.
 */
final class ApicRegisters implements Device {
    static final int ID = 0x20;
    static final int VERSION = 0x30;
    static final int TASK_PRIORITY = 0x80;
    static final int PROCESSOR_PRIORITY = 0xA0;
    static final int END_OF_INTERRUPT = 0xB0;
    static final int LOGICAL_DESTINATION = 0xD0;
    static final int DESTINATION_FORMAT = 0xE0;
    static final int SPURIOUS = 0xF0;
    static final int ISR = 0x100;
    static final int TMR = 0x180;
    static final int IRR = 0x200;
    static final int ERROR_STATUS = 0x280;
    static final int COMMAND_LOW = 0x300;
    static final int COMMAND_HIGH = 0x310;
    static final int LVT_TIMER = 0x320;
    static final int LVT_ERROR = 0x370;
    static final int INITIAL_COUNT = 0x380;
    static final int CURRENT_COUNT = 0x390;
    static final int DIVIDE_CONFIGURATION = 0x3E0;

    /** Version 14H with six local vector entries. */
    private static final long VERSION_VALUE = 0x14 | (LocalApic.LVT_ENTRIES - 1) << 16;

    private final LocalApic apic;

    ApicRegisters(LocalApic apic) {
        this.apic = apic;
    }

    @Override
    public long read(long offset, int size, long now) {
        apic.advance(now);
        int inRegister = (int) offset & 0xF;
        return inRegister >= 4 ? 0 : register((int) offset & 0xFF0, now) >>> (8 * inRegister);
    }

    private long register(int register, long now) {
        if (register >= ISR && register < ERROR_STATUS) {
            VectorSet set = register < TMR ? apic.isr() : register < IRR ? apic.tmr() : apic.irr();
            return set.part(register >> 4 & 7);
        }
        if (register >= LVT_TIMER && register <= LVT_ERROR) {
            return apic.localVector((register - LVT_TIMER) >> 4);
        }
        return switch (register) {
            case ID -> (long) apic.id() << 24;
            case VERSION -> VERSION_VALUE;
            case TASK_PRIORITY -> apic.taskPriority();
            case PROCESSOR_PRIORITY -> apic.processorPriority();
            case LOGICAL_DESTINATION -> apic.logicalDestination() & 0xFFFF_FFFFL;
            case DESTINATION_FORMAT -> apic.destinationFormat() & 0xFFFF_FFFFL;
            case SPURIOUS -> apic.spurious();
            case ERROR_STATUS -> apic.errorStatus();
            case COMMAND_LOW -> apic.commandLow();
            case COMMAND_HIGH -> apic.commandHigh() & 0xFFFF_FFFFL;
            case INITIAL_COUNT -> apic.timer().initialCount();
            case CURRENT_COUNT -> apic.timer().currentCount(now);
            case DIVIDE_CONFIGURATION -> apic.timer().divideConfiguration();
            default -> 0;
        };
    }

    @Override
    public void write(long offset, int size, long value, long now) {
        apic.advance(now);
        // Only whole aligned registers can be written.
        if ((offset & 0xF) == 0 && size >= 4) {
            writeRegister((int) offset & 0xFF0, (int) value, now);
        }
    }

    private void writeRegister(int register, int value, long now) {
        if (register >= LVT_TIMER && register <= LVT_ERROR) {
            apic.setLocalVector((register - LVT_TIMER) >> 4, value);
            return;
        }
        switch (register) {
            case ID -> apic.setId(value >>> 24);
            case TASK_PRIORITY -> apic.setTaskPriority(value);
            case END_OF_INTERRUPT -> apic.endOfInterrupt();
            case LOGICAL_DESTINATION -> apic.setLogicalDestination(value);
            case DESTINATION_FORMAT -> apic.setDestinationFormat(value);
            case SPURIOUS -> apic.setSpurious(value);
            case ERROR_STATUS -> apic.showErrors();
            case COMMAND_LOW -> apic.command(value);
            case COMMAND_HIGH -> apic.setCommandHigh(value);
            case INITIAL_COUNT -> apic.timer().setInitialCount(value & 0xFFFF_FFFFL, now);
            case DIVIDE_CONFIGURATION -> apic.timer().setDivideConfiguration(value, now);
            default -> {} // read-only and reserved registers
        }
    }

    @Override
    public long deadline() {
        return apic.deadline();
    }

    @Override
    public void advance(long now) {
        apic.advance(now);
    }

    @Override
    public void save(DataOutput out) throws IOException {
        apic.save(out);
    }

    @Override
    public void restore(DataInput in) throws IOException {
        apic.restore(in);
    }
}
