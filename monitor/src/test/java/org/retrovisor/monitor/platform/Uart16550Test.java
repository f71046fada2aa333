package org.retrovisor.monitor.platform;

import java.io.IOException;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class Uart16550Test {
    private static final int LOOP = 0x10;
    private static final int OUT2 = 0x08;

    private final StringBuilder sent = new StringBuilder();
    private final Wire irq = new Wire();
    private final Uart16550 uart = new Uart16550(irq, value -> sent.append((char) value));

    private void write(int register, int value) {
        uart.write(register, 1, value, 0);
    }

    private int read(int register) {
        return (int) uart.read(register, 1, 0);
    }

    private void enableFifo(int trigger) {
        write(Uart16550.INTERRUPT_ID, 0x07 | trigger << 6);
    }

    @Test
    void a_byte_written_is_sent_and_the_transmitter_is_empty_again() {
        write(Uart16550.DATA, 'H');
        write(Uart16550.DATA, 'i');
        assertEquals("Hi", sent.toString());
        assertEquals(0x60, read(Uart16550.LINE_STATUS));
    }

    @Test
    void the_divisor_hides_behind_dlab() {
        write(Uart16550.LINE_CONTROL, 0x83);
        write(Uart16550.DATA, 0x34);
        write(Uart16550.INTERRUPT_ENABLE, 0x12);
        assertEquals(0x34, read(Uart16550.DATA));
        assertEquals(0x12, read(Uart16550.INTERRUPT_ENABLE));
        write(Uart16550.LINE_CONTROL, 0x03);
        assertEquals(0, read(Uart16550.INTERRUPT_ENABLE));
        assertEquals("", sent.toString());
    }

    @Test
    void the_probe_of_a_driver_finds_a_16550a() {
        write(Uart16550.INTERRUPT_ENABLE, 0xFF);
        assertEquals(0x0F, read(Uart16550.INTERRUPT_ENABLE));
        write(Uart16550.INTERRUPT_ENABLE, 0);
        write(Uart16550.SCRATCH, 0x5A);
        assertEquals(0x5A, read(Uart16550.SCRATCH));
        assertEquals(0x01, read(Uart16550.INTERRUPT_ID));
        enableFifo(0);
        assertEquals(0xC1, read(Uart16550.INTERRUPT_ID));
        write(Uart16550.MODEM_CONTROL, LOOP | 0x0A);
        assertEquals(0x90, read(Uart16550.MODEM_STATUS) & 0xF0);
    }

    @Test
    void the_transmitter_interrupt_comes_with_its_enabling_and_ends_when_it_is_identified() {
        write(Uart16550.MODEM_CONTROL, OUT2);
        write(Uart16550.INTERRUPT_ENABLE, 0x02);
        assertTrue(irq.high);
        assertEquals(0x02, read(Uart16550.INTERRUPT_ID));
        assertFalse(irq.high);
        write(Uart16550.DATA, 'x');
        assertTrue(irq.high);
    }

    @Test
    void without_out2_no_interrupt_leaves_the_port() {
        write(Uart16550.INTERRUPT_ENABLE, 0x02);
        assertFalse(irq.high);
        write(Uart16550.MODEM_CONTROL, OUT2);
        assertTrue(irq.high);
    }

    @Test
    void a_received_byte_interrupts_until_it_is_read() {
        write(Uart16550.MODEM_CONTROL, OUT2);
        write(Uart16550.INTERRUPT_ENABLE, 0x01);
        uart.receive('k', 0);
        assertTrue(irq.high);
        assertEquals(0x04, read(Uart16550.INTERRUPT_ID));
        assertEquals(0x61, read(Uart16550.LINE_STATUS));
        assertEquals('k', read(Uart16550.DATA));
        assertFalse(irq.high);
        assertEquals(0x60, read(Uart16550.LINE_STATUS));
    }

    @Test
    void the_fifo_interrupts_at_its_trigger_level_or_after_four_characters_of_silence() {
        write(Uart16550.MODEM_CONTROL, OUT2);
        write(Uart16550.LINE_CONTROL, 0x83);
        write(Uart16550.DATA, 1);
        write(Uart16550.LINE_CONTROL, 0x03);
        enableFifo(1); // four bytes
        write(Uart16550.INTERRUPT_ENABLE, 0x01);
        uart.receive('a', 0);
        assertFalse(irq.high);
        long timeout = uart.deadline();
        assertEquals(4 * 10 * 1_000_000_000L / 115_200, timeout, 4);
        uart.advance(timeout);
        assertTrue(irq.high);
        assertEquals(0xCC, read(Uart16550.INTERRUPT_ID));
        assertEquals('a', read(Uart16550.DATA));
        assertFalse(irq.high);
        for (char c : "bcde".toCharArray()) {
            uart.receive(c, timeout);
        }
        assertEquals(0xC4, read(Uart16550.INTERRUPT_ID));
    }

    @Test
    void there_is_room_for_one_byte_and_with_the_fifo_for_sixteen() {
        uart.receive('a', 0);
        assertFalse(uart.hasRoom());
        assertEquals('a', read(Uart16550.DATA));
        enableFifo(3);
        int taken = 0;
        while (uart.hasRoom()) {
            uart.receive(taken++, 0);
        }
        assertEquals(16, taken);
        for (int i = 0; i < 16; i++) {
            assertEquals(i, read(Uart16550.DATA));
        }
        assertEquals(0, read(Uart16550.LINE_STATUS) & 1);
    }

    @Test
    void in_loopback_bytes_come_back_and_an_overrun_is_reported() {
        write(Uart16550.MODEM_CONTROL, LOOP);
        write(Uart16550.DATA, 0x41);
        write(Uart16550.DATA, 0x42);
        assertEquals("", sent.toString());
        assertEquals(0x63, read(Uart16550.LINE_STATUS));
        assertEquals(0x61, read(Uart16550.LINE_STATUS), "reading clears the overrun");
        assertEquals(0x41, read(Uart16550.DATA));
        assertFalse(uart.hasRoom(), "nothing comes from outside meanwhile");
    }

    @Test
    void changes_of_the_modem_lines_are_noted_once() {
        write(Uart16550.MODEM_CONTROL, LOOP); // all lines fall
        assertEquals(0x0B, read(Uart16550.MODEM_STATUS));
        write(Uart16550.MODEM_CONTROL, LOOP | 0x04); // the ring indicator rises
        assertEquals(0x40, read(Uart16550.MODEM_STATUS));
        write(Uart16550.MODEM_CONTROL, LOOP);
        assertEquals(0x04, read(Uart16550.MODEM_STATUS), "its fall is what counts");
    }

    @Test
    void clearing_the_receiver_drops_what_waits() {
        enableFifo(0);
        uart.receive('a', 0);
        enableFifo(0);
        assertEquals(0, read(Uart16550.LINE_STATUS) & 1);
        assertEquals(Device.NEVER, uart.deadline());
    }

    @Test
    void the_state_survives_a_round_trip() throws IOException {
        enableFifo(2);
        write(Uart16550.MODEM_CONTROL, OUT2);
        write(Uart16550.INTERRUPT_ENABLE, 0x03);
        uart.receive('q', 5);
        uart.receive('r', 6);
        var fresh = new Uart16550(new Wire(), value -> {});
        States.assertRoundTrip(uart, fresh);
        assertEquals(uart.deadline(), fresh.deadline());
        assertEquals('q', fresh.read(Uart16550.DATA, 1, 7));
    }
}
