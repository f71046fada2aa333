package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * The local APIC of one processor in xAPIC mode (Intel SDM volume 3, chapter "Advanced Programmable Interrupt
 * Controller"), version 14H with six local vector entries. x2APIC mode is not offered.
 *
 * <p>The window is the 4 KiB register page. {@link ApicRegisters} decodes it; this class is what the registers do.
 */
final class LocalApic {
    /** Local vector entries, in the order of {@link #localVector}. */
    static final int LVT_TIMER = 0;

    static final int LVT_THERMAL = 1;
    static final int LVT_PERFORMANCE = 2;
    static final int LVT_LINT0 = 3;
    static final int LVT_LINT1 = 4;
    static final int LVT_ERROR = 5;
    static final int LVT_ENTRIES = 6;

    /** IA32_APIC_BASE: global enable, bootstrap processor, default address. */
    static final long BASE_ENABLE = 1 << 11;

    static final long BASE_BOOTSTRAP = 1 << 8;
    static final long DEFAULT_ADDRESS = 0xFEE0_0000L;
    private static final long BASE_ADDRESS_MASK = 0x000F_FFFF_FFFF_F000L;

    private static final int LVT_MASKED = 0x1_0000;
    private static final int LVT_LEVEL = 0x8000;
    private static final int SPURIOUS_ENABLE = 0x100;
    private static final int SPURIOUS_WRITABLE = 0x3FF;
    private static final int ESR_SEND_ILLEGAL_VECTOR = 0x20;
    private static final int ESR_RECEIVED_ILLEGAL_VECTOR = 0x40;
    private static final int FLAT_MODEL = 0xF;

    /** The bits of each local vector entry that can be written. */
    private static final int[] LVT_WRITABLE = {0x7_00FF, 0x1_07FF, 0x1_07FF, 0x1_A7FF, 0x1_A7FF, 0x1_00FF};

    private static final int NONE = VectorSet.NONE;

    private final ApicBus bus;
    private final int initialId;
    private final ApicTimer timer = new ApicTimer();
    private final VectorSet irr = new VectorSet();
    private final VectorSet isr = new VectorSet();
    private final VectorSet tmr = new VectorSet();
    private final int[] localVector = new int[LVT_ENTRIES];

    private long base;
    private int id;
    private int taskPriority;
    private int logicalDestination;
    private int destinationFormat;
    private int spurious;
    private int errors;
    private int shownErrors;
    private int commandLow;
    private int commandHigh;
    private boolean nmiPending;
    private boolean lint0;
    private boolean extIntFromBus;

    /** @param id the APIC id, 0 for the bootstrap processor */
    LocalApic(int id, ApicBus bus) {
        this.bus = bus;
        this.initialId = id;
        base = DEFAULT_ADDRESS | BASE_ENABLE | (id == 0 ? BASE_BOOTSTRAP : 0);
        reset();
        this.id = id;
    }

    /** The state after power-up or INIT; the APIC id and base are kept. */
    void reset() {
        taskPriority = 0;
        logicalDestination = 0;
        destinationFormat = 0xFFFF_FFFF;
        spurious = 0xFF;
        errors = 0;
        shownErrors = 0;
        commandLow = 0;
        commandHigh = 0;
        nmiPending = false;
        extIntFromBus = false;
        Arrays.fill(localVector, LVT_MASKED);
        irr.clear();
        isr.clear();
        tmr.clear();
        timer.stop();
    }

    /** What firmware leaves behind: enabled, LINT0 passes the 8259's interrupts on, LINT1 is NMI. */
    void enterVirtualWireMode() {
        spurious = SPURIOUS_ENABLE | 0xFF;
        localVector[LVT_LINT0] = InterruptMessage.EXTINT << 8;
        localVector[LVT_LINT1] = InterruptMessage.NMI << 8;
    }

    // ---- Messages from the bus, and the two local pins ----

    boolean isEnabled() {
        return (base & BASE_ENABLE) != 0 && (spurious & SPURIOUS_ENABLE) != 0;
    }

    /** Whether a message is meant for this APIC. */
    boolean isAddressed(InterruptMessage message) {
        int destination = message.destination();
        if (!message.logical()) {
            return destination == id || destination == InterruptMessage.EVERYBODY;
        }
        int own = logicalDestination >>> 24;
        if (destinationFormat >>> 28 == FLAT_MODEL) {
            return (own & destination) != 0;
        }
        // Cluster model: four bits name the cluster, four the members.
        boolean sameCluster = own >> 4 == destination >> 4 || destination >> 4 == 0xF;
        return sameCluster && (own & destination & 0xF) != 0;
    }

    /** Takes a message; false when this APIC is switched off or the message cannot be taken. */
    boolean accept(InterruptMessage message) {
        switch (message.mode()) {
            case InterruptMessage.FIXED, InterruptMessage.LOWEST_PRIORITY -> {
                return isEnabled() && request(message.vector(), message.level());
            }
            case InterruptMessage.NMI -> nmiPending = true;
            case InterruptMessage.EXTINT -> extIntFromBus = true;
            default -> {
                return false; // SMI, INIT and start-up have nobody to act on them yet
            }
        }
        return true;
    }

    private boolean request(int vector, boolean level) {
        if (vector < 16) {
            errors |= ESR_RECEIVED_ILLEGAL_VECTOR;
            return false;
        }
        irr.add(vector);
        if (level) {
            tmr.add(vector);
        } else {
            tmr.remove(vector);
        }
        return true;
    }

    /** The pin to which the 8259 pair is wired. */
    void lint0(boolean asserted) {
        boolean rises = asserted && !lint0;
        lint0 = asserted;
        if (rises && isFixed(LVT_LINT0)) {
            raiseLocal(LVT_LINT0);
        }
    }

    /** The pin on which the machine reports NMI. */
    void lint1() {
        raiseLocal(LVT_LINT1);
    }

    private boolean isFixed(int entry) {
        return (localVector[entry] >> 8 & 7) == InterruptMessage.FIXED;
    }

    private void raiseLocal(int entry) {
        int lvt = localVector[entry];
        if ((lvt & LVT_MASKED) != 0) {
            return;
        }
        // The timer and error entries have no delivery mode; their bits 8 to 10 read as 0, which is fixed.
        int mode = lvt >> 8 & 7;
        boolean level = (lvt & LVT_LEVEL) != 0 && entry == LVT_LINT0;
        accept(new InterruptMessage(id, false, mode, lvt & 0xFF, level));
    }

    // ---- What the processor sees ----

    /** PPR: the class below which interrupts wait. */
    int processorPriority() {
        int served = isr.highest();
        int servedClass = served == NONE ? 0 : served & 0xF0;
        return (taskPriority & 0xF0) >= servedClass ? taskPriority : servedClass;
    }

    /** The vector that the processor would get now, -1 for none. */
    int deliverable() {
        int vector = irr.highest();
        return vector != NONE && isEnabled() && (vector & 0xF0) > (processorPriority() & 0xF0) ? vector : NONE;
    }

    /** Takes the deliverable vector into service. */
    int acknowledge() {
        int vector = deliverable();
        if (vector == NONE) {
            return spurious & 0xFF;
        }
        irr.remove(vector);
        isr.add(vector);
        return vector;
    }

    /** Whether the 8259's interrupts pass through to the processor. */
    boolean passesExtInt() {
        if ((base & BASE_ENABLE) == 0 || extIntFromBus) {
            return true;
        }
        int lvt = localVector[LVT_LINT0];
        return (lvt & LVT_MASKED) == 0 && (lvt >> 8 & 7) == InterruptMessage.EXTINT;
    }

    void extIntAcknowledged() {
        extIntFromBus = false;
    }

    /** True once for each NMI. */
    boolean takeNmi() {
        boolean pending = nmiPending;
        nmiPending = false;
        return pending;
    }

    boolean nmiPending() {
        return nmiPending;
    }

    long deadline() {
        return timer.deadline();
    }

    void advance(long now) {
        if (timer.fires(now)) {
            raiseLocal(LVT_TIMER);
        }
    }

    // ---- Model-specific registers and CR8 ----

    long base() {
        return base;
    }

    /** The physical address of the register page, or -1 while the APIC is disabled. */
    long address() {
        return (base & BASE_ENABLE) == 0 ? -1 : base & BASE_ADDRESS_MASK;
    }

    void setBase(long value) {
        boolean wasEnabled = (base & BASE_ENABLE) != 0;
        base = value & (BASE_ADDRESS_MASK | BASE_ENABLE) | base & BASE_BOOTSTRAP;
        if (wasEnabled && (base & BASE_ENABLE) == 0) {
            reset();
            id = initialId;
        }
    }

    ApicTimer timer() {
        return timer;
    }

    int taskPriority() {
        return taskPriority;
    }

    void setTaskPriority(int value) {
        taskPriority = value & 0xFF;
    }

    // ---- Registers ----

    int id() {
        return id;
    }

    void setId(int value) {
        id = value;
    }

    VectorSet irr() {
        return irr;
    }

    VectorSet isr() {
        return isr;
    }

    VectorSet tmr() {
        return tmr;
    }

    void endOfInterrupt() {
        int vector = isr.highest();
        if (vector == NONE) {
            return;
        }
        isr.remove(vector);
        if (tmr.contains(vector)) {
            bus.endOfInterrupt(vector);
        }
    }

    int logicalDestination() {
        return logicalDestination;
    }

    void setLogicalDestination(int value) {
        logicalDestination = value & 0xFF00_0000;
    }

    int destinationFormat() {
        return destinationFormat;
    }

    void setDestinationFormat(int value) {
        destinationFormat = value | 0x0FFF_FFFF;
    }

    int spurious() {
        return spurious;
    }

    void setSpurious(int value) {
        spurious = value & SPURIOUS_WRITABLE;
        if ((value & SPURIOUS_ENABLE) == 0) {
            for (int entry = 0; entry < LVT_ENTRIES; entry++) {
                localVector[entry] |= LVT_MASKED;
            }
        }
    }

    int errorStatus() {
        return shownErrors;
    }

    /** A write to the error status register shows what has gone wrong since the last write. */
    void showErrors() {
        shownErrors = errors;
        errors = 0;
    }

    int localVector(int entry) {
        return localVector[entry];
    }

    void setLocalVector(int entry, int value) {
        int masked = (spurious & SPURIOUS_ENABLE) == 0 ? LVT_MASKED : 0;
        localVector[entry] = value & LVT_WRITABLE[entry] | masked;
        if (entry == LVT_TIMER) {
            timer.setMode(value >> 17 & 3);
        }
    }

    int commandLow() {
        return commandLow;
    }

    int commandHigh() {
        return commandHigh;
    }

    void setCommandHigh(int value) {
        commandHigh = value & 0xFF00_0000;
    }

    /** The low half of the interrupt command register sends; the delivery status is idle again at once. */
    void command(int value) {
        commandLow = value & 0xC_CFFF;
        int mode = value >> 8 & 7;
        int vector = value & 0xFF;
        boolean fixed = mode == InterruptMessage.FIXED || mode == InterruptMessage.LOWEST_PRIORITY;
        if (fixed && vector < 16) {
            errors |= ESR_SEND_ILLEGAL_VECTOR;
            raiseLocal(LVT_ERROR);
            return;
        }
        // Interprocessor interrupts are edge triggered; the level bit is for INIT de-assert only.
        boolean logical = (value & 0x800) != 0;
        var message = new InterruptMessage(commandHigh >>> 24, logical, mode, vector, false);
        switch (value >> 18 & 3) {
            case 0 -> bus.deliver(message);
            case 1 -> accept(message);
            case 2 -> bus.deliverToAll(message, this, true);
            default -> bus.deliverToAll(message, this, false);
        }
    }

    void save(DataOutput out) throws IOException {
        for (int value : new int[]{id, taskPriority, logicalDestination, destinationFormat, spurious, errors,
            shownErrors, commandLow, commandHigh}) {
            out.writeInt(value);
        }
        for (int entry : localVector) {
            out.writeInt(entry);
        }
        out.writeLong(base);
        out.writeBoolean(nmiPending);
        out.writeBoolean(lint0);
        out.writeBoolean(extIntFromBus);
        irr.save(out);
        isr.save(out);
        tmr.save(out);
        timer.save(out);
    }

    void restore(DataInput in) throws IOException {
        id = in.readInt();
        taskPriority = in.readInt();
        logicalDestination = in.readInt();
        destinationFormat = in.readInt();
        spurious = in.readInt();
        errors = in.readInt();
        shownErrors = in.readInt();
        commandLow = in.readInt();
        commandHigh = in.readInt();
        for (int entry = 0; entry < LVT_ENTRIES; entry++) {
            localVector[entry] = in.readInt();
        }
        base = in.readLong();
        nmiPending = in.readBoolean();
        lint0 = in.readBoolean();
        extIntFromBus = in.readBoolean();
        irr.restore(in);
        isr.restore(in);
        tmr.restore(in);
        timer.restore(in);
    }
}
