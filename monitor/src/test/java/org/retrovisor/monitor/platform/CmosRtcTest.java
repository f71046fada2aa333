package org.retrovisor.monitor.platform;

import java.io.IOException;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CmosRtcTest {
    private static final long SECOND = 1_000_000_000L;
    /** 2024-02-28 23:59:58 UTC, a Wednesday before a leap day. */
    private static final long POWER_ON = 1_709_164_798L;

    private final Wire irq = new Wire();
    private final CmosRtc rtc = new CmosRtc(irq, POWER_ON, 512L << 20, 0);

    private int read(int register, long now) {
        rtc.write(CmosRtc.INDEX, 1, register, now);
        return (int) rtc.read(CmosRtc.DATA, 1, now);
    }

    private void write(int register, int value, long now) {
        rtc.write(CmosRtc.INDEX, 1, register, now);
        rtc.write(CmosRtc.DATA, 1, value, now);
    }

    @Test
    void it_shows_the_time_of_power_on_in_bcd() {
        int[] registers = {0, 2, 4, 6, 7, 8, 9, 0x32};
        int[] shown = {0x58, 0x59, 0x23, 4, 0x28, 0x02, 0x24, 0x20};
        for (int i = 0; i < registers.length; i++) {
            assertEquals(shown[i], read(registers[i], 0), "register " + registers[i]);
        }
    }

    @Test
    void it_counts_with_guest_time_through_a_leap_day() {
        assertEquals(0x29, read(7, 2 * SECOND));
        assertEquals(0x00, read(0, 2 * SECOND));
        assertEquals(0x01, read(7, 2 * SECOND + 86_400 * SECOND));
        assertEquals(0x03, read(8, 2 * SECOND + 86_400 * SECOND));
    }

    @Test
    void it_counts_in_binary_and_in_twelve_hours_when_told_to() {
        write(CmosRtc.REGISTER_B, 0x04, 0);
        assertEquals(0x80 | 11, read(4, 0));
        assertEquals(59, read(2, 0));
        assertEquals(12, read(4, 2 * SECOND), "midnight is twelve");
        write(4, 0x80 | 12, 3 * SECOND);
        write(CmosRtc.REGISTER_B, 0x06, 3 * SECOND);
        assertEquals(12, read(4, 3 * SECOND), "noon");
    }

    @Test
    void a_date_set_under_set_runs_on_from_there() {
        write(CmosRtc.REGISTER_B, 0x82, SECOND);
        int[][] date = {{0, 0x07}, {2, 0x30}, {4, 0x08}, {7, 0x15}, {8, 0x06}, {9, 0x31}, {0x32, 0x20}};
        for (int[] field : date) {
            write(field[0], field[1], 2 * SECOND);
        }
        assertEquals(0x07, read(0, 9 * SECOND), "it stands still");
        write(CmosRtc.REGISTER_B, 0x02, 10 * SECOND);
        assertEquals(0x07, read(0, 10 * SECOND));
        assertEquals(0x12, read(0, 15 * SECOND));
        assertEquals(0x31, read(9, 15 * SECOND));
    }

    @Test
    void an_impossible_date_changes_nothing() {
        write(8, 0x99, 0);
        assertEquals(0x02, read(8, 0));
    }

    @Test
    void an_update_is_announced_just_before_the_second_ends() {
        assertEquals(0, read(CmosRtc.REGISTER_A, SECOND / 2) & 0x80);
        assertEquals(0x80, read(CmosRtc.REGISTER_A, SECOND - 100_000) & 0x80);
    }

    @Test
    void the_periodic_interrupt_comes_at_its_rate_and_waits_to_be_read() {
        write(CmosRtc.REGISTER_A, 0x26, 0); // 1024 Hz
        write(CmosRtc.REGISTER_B, 0x42, 0);
        long first = rtc.deadline();
        assertEquals(SECOND / 1024, first, 1);
        rtc.advance(first);
        assertTrue(irq.high);
        assertEquals(Device.NEVER, rtc.deadline());
        assertEquals(0xC0, read(CmosRtc.REGISTER_C, first));
        assertFalse(irq.high);
        assertEquals(2 * SECOND / 1024, rtc.deadline(), 1);
    }

    @Test
    void the_update_interrupt_comes_with_each_second() {
        write(CmosRtc.REGISTER_B, 0x12, 0);
        assertEquals(SECOND, rtc.deadline());
        rtc.advance(SECOND);
        assertEquals(0x90, read(CmosRtc.REGISTER_C, SECOND) & 0x90);
    }

    @Test
    void the_alarm_rings_at_its_time_with_wildcards() {
        write(1, 0x01, 0);
        write(3, 0xFF, 0);
        write(5, 0xC0, 0);
        write(CmosRtc.REGISTER_B, 0x22, 0);
        rtc.advance(2 * SECOND);
        assertFalse(irq.high);
        rtc.advance(3 * SECOND);
        assertTrue(irq.high);
        assertEquals(0xA0, read(CmosRtc.REGISTER_C, 3 * SECOND) & 0xA0);
    }

    @Test
    void it_knows_how_much_memory_there_is() {
        var big = new CmosRtc(irq, 0, 3L << 30, 5L << 30);
        int[][] expected = {{0x15, 640 & 0xFF}, {0x16, 640 >> 8}, {0x30, 0xFF}, {0x31, 0xFF}, {0x34, 0x00},
            {0x35, 0xBF}, {0x5B, 0}, {0x5C, 0x40}, {0x5D, 1}};
        for (int[] pair : expected) {
            big.write(CmosRtc.INDEX, 1, pair[0], 0);
            assertEquals(pair[1], big.read(CmosRtc.DATA, 1, 0), "register " + pair[0]);
        }
        assertEquals(0x80, read(CmosRtc.REGISTER_D, 0));
    }

    @Test
    void the_state_survives_a_round_trip() throws IOException {
        write(0x40, 0x77, 0);
        write(CmosRtc.REGISTER_B, 0xC2, 5 * SECOND);
        write(9, 0x42, 5 * SECOND);
        var fresh = new CmosRtc(new Wire(), 0, 16L << 20, 0);
        States.assertRoundTrip(rtc, fresh);
        fresh.write(CmosRtc.INDEX, 1, 9, 6 * SECOND);
        assertEquals(0x42, fresh.read(CmosRtc.DATA, 1, 6 * SECOND));
    }
}
