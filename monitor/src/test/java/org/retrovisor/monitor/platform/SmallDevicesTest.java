package org.retrovisor.monitor.platform;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.boundary.StopReason;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SmallDevicesTest {
    private final List<StopReason> stops = new ArrayList<>();
    private final Wire irq = new Wire();

    @Test
    void the_keyboard_controller_resets_the_machine_by_pulse_and_by_output_port() {
        var keyboard = new KeyboardController(stops::add);
        keyboard.write(KeyboardController.COMMAND, 1, 0xFF, 0);
        assertEquals(List.of(), stops);
        keyboard.write(KeyboardController.COMMAND, 1, 0xFE, 0);
        assertEquals(List.of(StopReason.RESET), stops);
        keyboard.write(KeyboardController.COMMAND, 1, 0xD1, 0);
        keyboard.write(KeyboardController.DATA, 1, 0xDF, 0);
        keyboard.write(KeyboardController.COMMAND, 1, 0xD1, 0);
        keyboard.write(KeyboardController.DATA, 1, 0xDE, 0);
        assertEquals(List.of(StopReason.RESET, StopReason.RESET), stops);
    }

    @Test
    void the_keyboard_controller_answers_its_self_test_and_keeps_its_command_byte() {
        var keyboard = new KeyboardController(stops::add);
        assertEquals(0, keyboard.read(KeyboardController.COMMAND, 1, 0) & 3, "nothing waits in either direction");
        keyboard.write(KeyboardController.COMMAND, 1, 0xAA, 0);
        assertEquals(1, keyboard.read(KeyboardController.COMMAND, 1, 0) & 1);
        assertEquals(0x55, keyboard.read(KeyboardController.DATA, 1, 0));
        assertEquals(0, keyboard.read(KeyboardController.COMMAND, 1, 0) & 1);
        keyboard.write(KeyboardController.COMMAND, 1, 0x60, 0);
        keyboard.write(KeyboardController.DATA, 1, 0x47, 0);
        keyboard.write(KeyboardController.COMMAND, 1, 0x20, 0);
        assertEquals(0x47, keyboard.read(KeyboardController.DATA, 1, 0));
    }

    @Test
    void the_keyboard_controllers_state_survives_a_round_trip() throws IOException {
        var keyboard = new KeyboardController(stops::add);
        keyboard.write(KeyboardController.COMMAND, 1, 0xAA, 0);
        keyboard.write(KeyboardController.COMMAND, 1, 0x60, 0);
        States.assertRoundTrip(keyboard, new KeyboardController(stops::add));
    }

    @Test
    void port_92_resets_and_keeps_a20() throws IOException {
        var gate = new FastGate(stops::add);
        assertEquals(2, gate.read(0, 1, 0));
        gate.write(0, 1, 0, 0);
        assertEquals(List.of(), stops);
        States.assertRoundTrip(gate, new FastGate(stops::add));
        gate.write(0, 1, 3, 0);
        assertEquals(List.of(StopReason.RESET), stops);
    }

    @Test
    void soft_off_is_the_right_sleep_type_together_with_sleep_enable() {
        var power = new AcpiPowerManagement(irq, stops::add);
        power.write(AcpiPowerManagement.CONTROL, 2, 5 << 10, 0);
        assertEquals(1 | 5 << 10, power.read(AcpiPowerManagement.CONTROL, 2, 0), "always in ACPI mode");
        power.write(AcpiPowerManagement.CONTROL, 2, 0x2000 | 3 << 10, 0);
        assertEquals(List.of(), stops);
        power.write(AcpiPowerManagement.CONTROL, 2, 0x2000 | 5 << 10, 0);
        assertEquals(List.of(StopReason.POWER_OFF), stops);
    }

    @Test
    void the_power_button_raises_the_sci_until_its_status_is_cleared() {
        var power = new AcpiPowerManagement(irq, stops::add);
        power.pressPowerButton();
        assertFalse(irq.high, "not enabled");
        power.write(AcpiPowerManagement.ENABLE, 2, 0x0100, 0);
        assertTrue(irq.high);
        power.write(AcpiPowerManagement.STATUS, 2, 0x0100, 0);
        assertFalse(irq.high);
        assertEquals(0, power.read(AcpiPowerManagement.STATUS, 2, 0));
        assertEquals(0x0100_0000L, power.read(AcpiPowerManagement.STATUS, 4, 0));
    }

    @Test
    void the_power_management_timer_runs_at_its_frequency() {
        var power = new AcpiPowerManagement(irq, stops::add);
        assertEquals(3_579_545, power.read(AcpiPowerManagement.TIMER, 4, 1_000_000_000L));
    }

    @Test
    void the_power_management_timer_interrupts_when_its_highest_bit_changes() {
        var power = new AcpiPowerManagement(irq, stops::add);
        power.write(AcpiPowerManagement.ENABLE, 2, 1, 0);
        long deadline = power.deadline();
        assertEquals(0x7FFF_FFFFL, power.read(AcpiPowerManagement.TIMER, 4, deadline - 1));
        assertFalse(irq.high);
        power.advance(deadline);
        assertTrue(irq.high);
        assertEquals(Device.NEVER, power.deadline());
    }

    @Test
    void the_power_management_state_survives_a_round_trip() throws IOException {
        var power = new AcpiPowerManagement(irq, stops::add);
        power.write(AcpiPowerManagement.ENABLE, 2, 0x0101, 77);
        power.write(AcpiPowerManagement.CONTROL, 2, 3 << 10, 78);
        power.pressPowerButton();
        States.assertRoundTrip(power, new AcpiPowerManagement(new Wire(), stops::add));
    }

    @Test
    void configuration_space_has_a_host_bridge_and_nothing_else() {
        var pci = new PciHost(stops::add);
        pci.write(PciHost.ADDRESS, 4, 0x8000_0008L, 0);
        assertEquals(0x8000_0008L, pci.read(PciHost.ADDRESS, 4, 0));
        assertEquals(0x0600, pci.read(PciHost.DATA + 2, 2, 0) & 0xFFFF);
        pci.write(PciHost.ADDRESS, 4, 0x8000_0000L, 0);
        assertEquals(0x0008_1B36, pci.read(PciHost.DATA, 4, 0));
        for (long absent : new long[]{0x8000_0100L, 0x8000_0800L, 0x8001_0000L, 0}) {
            pci.write(PciHost.ADDRESS, 4, absent, 0);
            assertEquals(0xFFFF_FFFFL, pci.read(PciHost.DATA, 4, 0));
        }
    }

    @Test
    void a_byte_write_near_the_address_register_leaves_it_alone() {
        var pci = new PciHost(stops::add);
        pci.write(PciHost.ADDRESS, 4, 0x8000_0000L, 0);
        pci.write(3, 1, 0x01, 0);
        assertEquals(0x8000_0000L, pci.read(PciHost.ADDRESS, 4, 0));
    }

    @Test
    void the_reset_register_resets_when_its_reset_bit_rises() throws IOException {
        var pci = new PciHost(stops::add);
        pci.write(PciHost.RESET_CONTROL, 1, 0x02, 0);
        assertEquals(List.of(), stops);
        States.assertRoundTrip(pci, new PciHost(stops::add));
        pci.write(PciHost.RESET_CONTROL, 1, 0x06, 0);
        assertEquals(List.of(StopReason.RESET), stops);
    }

    @Test
    void the_debug_exit_port_ends_the_run_with_a_value() throws IOException {
        var port = new DebugExitPort(stops::add);
        port.write(0, 4, 0x1234, 0);
        assertEquals(0x1234, port.value());
        assertEquals(List.of(StopReason.DEBUG_EXIT), stops);
        States.assertRoundTrip(port, new DebugExitPort(stops::add));
    }

    @Test
    void a_reported_panic_is_remembered() throws IOException {
        var port = new PanicPort();
        assertEquals(3, port.read(0, 1, 0));
        port.write(0, 1, 1, 0);
        assertEquals(1, port.reported());
        States.assertRoundTrip(port, new PanicPort());
    }

    @Test
    void the_post_port_shows_what_was_written() throws IOException {
        var port = new PostPort();
        port.write(0, 1, 0xED, 0);
        assertEquals(0xED, port.read(0, 1, 0));
        States.assertRoundTrip(port, new PostPort());
    }
}
