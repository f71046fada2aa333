package org.retrovisor.monitor.platform;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ApicTest {
    private static final int NONE = VectorSet.NONE;
    private static final int MASKED = 0x10000;

    private final ApicBus bus = new ApicBus();
    private final LocalApic apic = new LocalApic(0, bus);
    private final LocalApic other = new LocalApic(1, bus);
    private final ApicRegisters page = new ApicRegisters(apic);
    private final ApicRegisters otherPage = new ApicRegisters(other);
    private final IoApic ioApic = new IoApic(bus);

    @BeforeEach
    void enable() {
        bus.connect(List.of(apic, other), ioApic);
        page.write(ApicRegisters.SPURIOUS, 4, 0x1FF, 0);
        otherPage.write(ApicRegisters.SPURIOUS, 4, 0x1FF, 0);
    }

    private void write(int register, long value) {
        page.write(register, 4, value, 0);
    }

    private long read(int register) {
        return page.read(register, 4, 0);
    }

    private void redirect(int input, long entry) {
        ioApic.write(IoApic.SELECT, 4, 0x11 + 2 * input, 0);
        ioApic.write(IoApic.WINDOW, 4, entry >>> 32, 0);
        ioApic.write(IoApic.SELECT, 4, 0x10 + 2 * input, 0);
        ioApic.write(IoApic.WINDOW, 4, entry & 0xFFFF_FFFFL, 0);
    }

    private long redirection(int input) {
        ioApic.write(IoApic.SELECT, 4, 0x10 + 2 * input, 0);
        return ioApic.read(IoApic.WINDOW, 4, 0);
    }

    @Test
    void it_identifies_itself() {
        assertEquals(0x0005_0014, read(ApicRegisters.VERSION));
        assertEquals(0x0100_0000, otherPage.read(ApicRegisters.ID, 4, 0));
        assertEquals(0xFEE0_0900L, apic.base());
        assertEquals(0xFEE0_0800L, other.base());
    }

    @Test
    void an_interrupt_goes_from_request_to_service_to_its_end() {
        write(ApicRegisters.COMMAND_LOW, 0x4_0041);
        assertEquals(0x2, read(ApicRegisters.IRR + 0x20));
        assertEquals(0x41, apic.deliverable());
        assertEquals(0x41, apic.acknowledge());
        assertEquals(0, read(ApicRegisters.IRR + 0x20));
        assertEquals(0x2, read(ApicRegisters.ISR + 0x20));
        assertEquals(0x40, read(ApicRegisters.PROCESSOR_PRIORITY));
        write(ApicRegisters.END_OF_INTERRUPT, 0);
        assertEquals(0, read(ApicRegisters.ISR + 0x20));
    }

    @Test
    void only_a_higher_class_interrupts_what_is_in_service() {
        write(ApicRegisters.COMMAND_LOW, 0x4_0041);
        apic.acknowledge();
        write(ApicRegisters.COMMAND_LOW, 0x4_004F);
        assertEquals(NONE, apic.deliverable());
        write(ApicRegisters.COMMAND_LOW, 0x4_0051);
        assertEquals(0x51, apic.deliverable());
    }

    @Test
    void the_task_priority_holds_back_its_class_and_those_below() {
        write(ApicRegisters.TASK_PRIORITY, 0x50);
        write(ApicRegisters.COMMAND_LOW, 0x4_005F);
        assertEquals(NONE, apic.deliverable());
        write(ApicRegisters.TASK_PRIORITY, 0x40);
        assertEquals(0x5F, apic.deliverable());
    }

    @Test
    void the_one_shot_timer_fires_once_after_count_times_divisor() {
        write(ApicRegisters.DIVIDE_CONFIGURATION, 0x3); // by 16
        write(ApicRegisters.LVT_TIMER, 0x30);
        page.write(ApicRegisters.INITIAL_COUNT, 4, 1000, 500);
        assertEquals(500 + 16_000, apic.deadline());
        assertEquals(500, page.read(ApicRegisters.CURRENT_COUNT, 4, 8_500));
        apic.advance(16_499);
        assertEquals(NONE, apic.deliverable());
        apic.advance(16_500);
        assertEquals(0x30, apic.deliverable());
        assertEquals(Device.NEVER, apic.deadline());
        assertEquals(0, page.read(ApicRegisters.CURRENT_COUNT, 4, 20_000));
    }

    @Test
    void the_divisors_are_those_of_the_manual() {
        int[] codes = {0xB, 0x0, 0x1, 0x2, 0x3, 0x8, 0x9, 0xA};
        for (int power = 0; power < codes.length; power++) {
            write(ApicRegisters.DIVIDE_CONFIGURATION, codes[power]);
            write(ApicRegisters.INITIAL_COUNT, 10);
            assertEquals(10L << power, apic.deadline());
        }
    }

    @Test
    void the_periodic_timer_keeps_its_beat_when_it_is_served_late() {
        write(ApicRegisters.DIVIDE_CONFIGURATION, 0xB); // by 1
        write(ApicRegisters.LVT_TIMER, 0x2_0030);
        write(ApicRegisters.INITIAL_COUNT, 1000);
        apic.advance(3_400);
        assertEquals(0x30, apic.acknowledge());
        assertEquals(4_000, apic.deadline());
    }

    @Test
    void the_tsc_deadline_is_reached_once_and_reads_as_zero_then() {
        write(ApicRegisters.LVT_TIMER, 0x4_0030);
        apic.timer().setTscDeadline(7_000);
        assertEquals(7_000, apic.timer().tscDeadline());
        assertEquals(7_000, apic.deadline());
        apic.advance(7_000);
        assertEquals(0x30, apic.deliverable());
        assertEquals(0, apic.timer().tscDeadline());
    }

    @Test
    void a_tsc_deadline_counts_only_in_its_own_mode() {
        write(ApicRegisters.LVT_TIMER, 0x30);
        apic.timer().setTscDeadline(7_000);
        assertEquals(Device.NEVER, apic.deadline());
        write(ApicRegisters.LVT_TIMER, 0x4_0030);
        write(ApicRegisters.INITIAL_COUNT, 1000);
        assertEquals(Device.NEVER, apic.deadline());
        apic.timer().setTscDeadline(7_000);
        write(ApicRegisters.LVT_TIMER, 0x30);
        assertEquals(Device.NEVER, apic.deadline(), "leaving the mode disarms");
    }

    @Test
    void a_masked_timer_raises_nothing() {
        write(ApicRegisters.LVT_TIMER, MASKED | 0x30);
        write(ApicRegisters.INITIAL_COUNT, 1000);
        apic.advance(1_000_000);
        assertEquals(NONE, apic.deliverable());
    }

    @Test
    void software_disabling_masks_the_local_vectors_and_refuses_messages() {
        write(ApicRegisters.LVT_TIMER, 0x30);
        write(ApicRegisters.SPURIOUS, 0xFF);
        assertEquals(MASKED | 0x30, read(ApicRegisters.LVT_TIMER));
        write(ApicRegisters.LVT_TIMER, 0x31);
        assertEquals(MASKED | 0x31, read(ApicRegisters.LVT_TIMER));
        assertFalse(bus.deliver(new InterruptMessage(0, false, InterruptMessage.FIXED, 0x50, false)));
    }

    @Test
    void illegal_vectors_show_in_the_error_register_after_a_write_to_it() {
        write(ApicRegisters.LVT_ERROR, 0xFE);
        write(ApicRegisters.COMMAND_LOW, 0x4_0005);
        assertEquals(0xFE, apic.deliverable());
        assertEquals(0, read(ApicRegisters.ERROR_STATUS));
        write(ApicRegisters.ERROR_STATUS, 0);
        assertEquals(0x20, read(ApicRegisters.ERROR_STATUS));
        write(ApicRegisters.ERROR_STATUS, 0);
        assertEquals(0, read(ApicRegisters.ERROR_STATUS));
    }

    @Test
    void interprocessor_interrupts_reach_whom_they_name() {
        write(ApicRegisters.COMMAND_HIGH, 0x0100_0000);
        write(ApicRegisters.COMMAND_LOW, 0x61);
        assertEquals(0x61, other.deliverable());
        assertEquals(NONE, apic.deliverable());
        write(ApicRegisters.COMMAND_LOW, 0xC_0072);
        assertEquals(0x72, other.deliverable());
        assertEquals(NONE, apic.deliverable());
        write(ApicRegisters.COMMAND_LOW, 0x8_0083);
        assertEquals(0x83, apic.deliverable());
    }

    @Test
    void logical_destinations_follow_the_model() {
        otherPage.write(ApicRegisters.LOGICAL_DESTINATION, 4, 0x0200_0000, 0);
        assertTrue(other.isAddressed(new InterruptMessage(0x03, true, 0, 0x40, false)));
        assertFalse(other.isAddressed(new InterruptMessage(0x01, true, 0, 0x40, false)));
        otherPage.write(ApicRegisters.DESTINATION_FORMAT, 4, 0x0FFF_FFFF, 0);
        otherPage.write(ApicRegisters.LOGICAL_DESTINATION, 4, 0x3200_0000, 0);
        assertTrue(other.isAddressed(new InterruptMessage(0x32, true, 0, 0x40, false)));
        assertFalse(other.isAddressed(new InterruptMessage(0x22, true, 0, 0x40, false)));
    }

    @Test
    void lowest_priority_prefers_the_least_busy_processor() {
        write(ApicRegisters.TASK_PRIORITY, 0x20);
        assertTrue(bus.deliver(new InterruptMessage(0xFF, false, InterruptMessage.LOWEST_PRIORITY, 0x50, false)));
        assertEquals(0x50, other.deliverable());
        assertEquals(NONE, apic.deliverable());
    }

    @Test
    void an_nmi_is_taken_once() {
        write(ApicRegisters.COMMAND_LOW, 0x4_0400);
        assertTrue(apic.takeNmi());
        assertFalse(apic.takeNmi());
    }

    @Test
    void lint0_passes_the_8259_through_only_as_extint() {
        assertFalse(apic.passesExtInt());
        apic.enterVirtualWireMode();
        assertTrue(apic.passesExtInt());
        write(ApicRegisters.LVT_TIMER + 0x30, MASKED | 0x700);
        assertFalse(apic.passesExtInt());
        apic.setBase(0xFEE0_0000L);
        assertTrue(apic.passesExtInt(), "without a local APIC the 8259 is wired to the processor");
    }

    @Test
    void the_io_apic_delivers_an_edge_once() {
        redirect(4, 0x44);
        ioApic.line(4, true);
        assertEquals(0x44, apic.acknowledge());
        ioApic.line(4, true);
        assertEquals(NONE, apic.deliverable());
        write(ApicRegisters.END_OF_INTERRUPT, 0);
        ioApic.line(4, false);
        ioApic.line(4, true);
        assertEquals(0x44, apic.deliverable());
    }

    @Test
    void the_io_apic_repeats_a_level_until_the_line_falls() {
        redirect(9, 0x8049);
        ioApic.line(9, true);
        assertEquals(0xC049, redirection(9), "remote IRR is set");
        assertEquals(0x49, apic.acknowledge());
        write(ApicRegisters.END_OF_INTERRUPT, 0);
        assertEquals(0x49, apic.acknowledge(), "still asserted");
        ioApic.line(9, false);
        write(ApicRegisters.END_OF_INTERRUPT, 0);
        assertEquals(NONE, apic.deliverable());
        assertEquals(0x8049, redirection(9));
    }

    @Test
    void the_io_apic_delivers_a_waiting_level_when_it_is_unmasked_but_no_old_edge() {
        redirect(9, MASKED | 0x8049);
        redirect(4, MASKED | 0x44);
        ioApic.line(9, true);
        ioApic.line(4, true);
        assertEquals(NONE, apic.deliverable());
        redirect(9, 0x8049);
        redirect(4, 0x44);
        assertEquals(0x49, apic.deliverable());
    }

    @Test
    void the_io_apic_uses_the_destination_of_the_entry() {
        redirect(4, 0x0100_0000_0000_0044L);
        ioApic.line(4, true);
        assertEquals(0x44, other.deliverable());
        assertEquals(NONE, apic.deliverable());
    }

    @Test
    void the_io_apic_ends_an_interrupt_through_its_own_register() {
        redirect(9, 0x8049);
        ioApic.line(9, true);
        ioApic.line(9, false);
        ioApic.write(IoApic.END_OF_INTERRUPT, 4, 0x49, 0);
        assertEquals(0x8049, redirection(9));
    }

    @Test
    void the_io_apic_identifies_itself() {
        ioApic.write(IoApic.SELECT, 4, 1, 0);
        assertEquals(0x0017_0020, ioApic.read(IoApic.WINDOW, 4, 0));
        ioApic.write(IoApic.SELECT, 4, 0, 0);
        ioApic.write(IoApic.WINDOW, 4, 0x0300_0000, 0);
        assertEquals(0x0300_0000, ioApic.read(IoApic.WINDOW, 4, 0));
    }

    @Test
    void the_state_survives_a_round_trip() throws IOException {
        write(ApicRegisters.LVT_TIMER, 0x2_0030);
        write(ApicRegisters.INITIAL_COUNT, 1000);
        write(ApicRegisters.COMMAND_LOW, 0x4_0081);
        apic.acknowledge();
        write(ApicRegisters.COMMAND_LOW, 0x4_0400);
        redirect(9, 0x80A9);
        ioApic.line(9, true);
        var fresh = new LocalApic(0, bus);
        States.assertRoundTrip(page, new ApicRegisters(fresh));
        assertEquals(apic.deadline(), fresh.deadline());
        assertEquals(apic.deliverable(), fresh.deliverable());
        States.assertRoundTrip(ioApic, new IoApic(bus));
    }
}
