package org.retrovisor.monitor.platform;

import java.util.List;

/** Carries interrupt messages to the local APICs they are meant for, and ends of interrupts to the IOAPIC. */
final class ApicBus {
    private List<LocalApic> apics = List.of();
    private IoApic ioApic;

    /** Ends the wiring; the bus carries nothing before. */
    void connect(List<LocalApic> localApics, IoApic ioApic) {
        this.apics = List.copyOf(localApics);
        this.ioApic = ioApic;
    }

    /** Delivers to everyone addressed; false when nobody took the message. */
    boolean deliver(InterruptMessage message) {
        if (message.mode() == InterruptMessage.LOWEST_PRIORITY) {
            return deliverToLeastBusy(message);
        }
        boolean taken = false;
        for (LocalApic apic : apics) {
            if (apic.isAddressed(message)) {
                taken |= apic.accept(message);
            }
        }
        return taken;
    }

    /** Delivers to all, with or without {@code sender}. */
    void deliverToAll(InterruptMessage message, LocalApic sender, boolean includingSender) {
        for (LocalApic apic : apics) {
            if (apic != sender || includingSender) {
                apic.accept(message);
            }
        }
    }

    /** A level triggered interrupt has been handled. */
    void endOfInterrupt(int vector) {
        ioApic.endOfInterrupt(vector);
    }

    private boolean deliverToLeastBusy(InterruptMessage message) {
        LocalApic chosen = null;
        for (LocalApic apic : apics) {
            boolean candidate = apic.isAddressed(message) && apic.isEnabled();
            if (candidate && (chosen == null || apic.processorPriority() < chosen.processorPriority())) {
                chosen = apic;
            }
        }
        return chosen != null && chosen.accept(message);
    }
}
