package org.retrovisor.monitor.platform;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.boundary.StopReason;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class BoardTest {
    private static final long APIC = Addresses.LOCAL_APIC;
    private static final int MEBIBYTE = 1 << 20;

    private final List<StopReason> stops = new ArrayList<>();
    private final List<String> unclaimed = new ArrayList<>();
    private final Board board = board();

    private Board board() {
        var config = PlatformConfig.steps(512L * MEBIBYTE, value -> {}).withUnclaimed((space, address, size, write,
                value) -> unclaimed.add(space + " " + Long.toHexString(address) + (write ? " write" : " read")));
        return new Board(config, stops::add);
    }

    private void out(int port, int value) {
        board.write(0, Space.PORT, port, 1, value, 0);
    }

    private void initializePics() {
        for (int[] step : new int[][]{{0x20, 0x11}, {0x21, 0x20}, {0x21, 4}, {0x21, 1}, {0x21, 0}, {0xA0, 0x11},
            {0xA1, 0x28}, {0xA1, 2}, {0xA1, 1}, {0xA1, 0}}) {
            out(step[0], step[1]);
        }
    }

    private void startTimer(int count) {
        out(0x43, 0x34);
        out(0x40, count & 0xFF);
        out(0x40, count >> 8);
    }

    @Test
    void the_timer_reaches_the_processor_through_the_8259_as_firmware_leaves_it() {
        initializePics();
        startTimer(1193);
        out(0x20, 0x20);
        while (board.interruptPending(0)) { // programming the timer raised its output
            board.acknowledge(0);
            out(0x20, 0x20);
        }
        long due = board.deadline();
        assertEquals(1_000_000, due, 2_000);
        board.advance(due - 1);
        assertFalse(board.interruptPending(0));
        board.advance(due);
        assertTrue(board.interruptPending(0));
        assertEquals(0x20, board.acknowledge(0));
        assertFalse(board.interruptPending(0));
    }

    @Test
    void the_timer_reaches_the_processor_through_input_2_of_the_io_apic() {
        out(0x21, 0xFF);
        board.write(0, Space.MMIO, Addresses.IO_APIC, 4, 0x10 + 2 * Addresses.TIMER_INPUT, 0);
        board.write(0, Space.MMIO, Addresses.IO_APIC + 0x10, 4, 0x30, 0);
        startTimer(1193);
        board.advance(board.deadline());
        assertEquals(0x30, board.acknowledge(0));
    }

    @Test
    void the_serial_port_interrupts_on_line_4() {
        initializePics();
        out(0x3FC, 0x08);
        out(0x3F9, 0x02);
        assertTrue(board.interruptPending(0));
        assertEquals(0x24, board.acknowledge(0));
    }

    @Test
    void the_apic_page_follows_its_base_register() {
        assertEquals(0x0005_0014, board.read(0, Space.MMIO, APIC + 0x30, 4, 0));
        board.write(0, Space.MSR, 0x1B, 8, 0xFED0_0000L | 1 << 11, 0);
        assertEquals(0xFED0_0900L, board.read(0, Space.MSR, 0x1B, 8, 0));
        assertEquals(0x0005_0014, board.read(0, Space.MMIO, 0xFED0_0030L, 4, 0));
        assertEquals(0xFFFF_FFFFL, board.read(0, Space.MMIO, APIC + 0x30, 4, 0));
    }

    @Test
    void cr8_is_the_class_of_the_task_priority() {
        board.write(0, Space.MSR, Space.CR8, 8, 0x9, 0);
        assertEquals(0x90, board.read(0, Space.MMIO, APIC + 0x80, 4, 0));
        board.write(0, Space.MMIO, APIC + 0x80, 4, 0x5F, 0);
        assertEquals(0x5, board.read(0, Space.MSR, Space.CR8, 8, 0));
    }

    @Test
    void the_tsc_deadline_register_arms_the_apic_timer() {
        board.write(0, Space.MMIO, APIC + 0x320, 4, 0x4_0040, 0);
        board.write(0, Space.MSR, 0x6E0, 8, 123_456, 0);
        assertEquals(123_456, board.read(0, Space.MSR, 0x6E0, 8, 1000));
        assertEquals(123_456, board.deadline());
        board.advance(123_456);
        assertEquals(0x40, board.acknowledge(0));
        assertEquals(0, board.read(0, Space.MSR, 0x6E0, 8, 200_000));
    }

    @Test
    void ports_and_addresses_without_a_device_read_as_all_ones_and_are_reported() {
        assertEquals(0xFF, board.read(0, Space.PORT, 0x3F2, 1, 0));
        assertEquals(0xFFFF, board.read(0, Space.MMIO, 0xB8000, 2, 0));
        board.write(0, Space.MMIO, 0xB8000, 2, 0xAA55, 0);
        assertEquals(0xFFFF, board.read(0, Space.MMIO, 0xB8000, 2, 0));
        assertEquals("PORT 3f2 read", unclaimed.getFirst());
        assertTrue(unclaimed.contains("MMIO b8000 write"));
        board.read(0, Space.PORT, 0x64, 1, 0);
        assertEquals(4, unclaimed.size());
    }

    @Test
    void the_acpi_registers_are_where_the_tables_say() {
        board.write(0, Space.PORT, Addresses.RESET_CONTROL, 1, Addresses.RESET_VALUE, 0);
        board.write(0, Space.PORT, Addresses.ACPI_CONTROL, 2, 0x2000 | Addresses.SLEEP_TYPE_SOFT_OFF << 10, 0);
        assertEquals(List.of(StopReason.RESET, StopReason.POWER_OFF), stops);
        assertEquals(3_579_545, board.read(0, Space.PORT, Addresses.ACPI_TIMER, 4, 1_000_000_000L));
    }

    @Test
    void the_nmi_button_reaches_the_processor_through_lint1() {
        board.raiseNmi();
        assertTrue(board.nmiPending(0));
        assertTrue(board.takeNmi(0));
        assertFalse(board.nmiPending(0));
    }

    @Test
    void a_restored_board_goes_on_like_the_first_one() throws IOException {
        initializePics();
        startTimer(5000);
        board.write(0, Space.MMIO, APIC + 0x320, 4, 0x2_0040, 0);
        board.write(0, Space.MMIO, APIC + 0x380, 4, 12_345, 0);
        out(0x70, 0x40);
        out(0x71, 0x99);
        board.advance(4_000_000);
        var bytes = new ByteArrayOutputStream();
        board.save(new DataOutputStream(bytes));
        Board restored = board();
        var in = new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
        restored.restore(in);
        assertEquals(0, in.available());
        for (int step = 0; step < 1000; step++) {
            long due = board.deadline();
            assertEquals(due, restored.deadline());
            board.advance(due);
            restored.advance(due);
            assertEquals(board.interruptPending(0), restored.interruptPending(0));
            if (board.interruptPending(0)) {
                int vector = board.acknowledge(0);
                assertEquals(vector, restored.acknowledge(0));
                board.write(0, Space.PORT, 0x20, 1, 0x20, due);
                restored.write(0, Space.PORT, 0x20, 1, 0x20, due);
                board.write(0, Space.MMIO, APIC + 0xB0, 4, 0, due);
                restored.write(0, Space.MMIO, APIC + 0xB0, 4, 0, due);
            }
        }
    }
}
