package org.retrovisor.monitor.platform;

import java.io.IOException;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class Pit8254Test {
    private static final Oscillator CLOCK = new Oscillator(Pit8254.HERTZ);

    private final Wire irq = new Wire();
    private final Pit8254 timer = new Pit8254(irq);
    private final SystemControlPort port61 = new SystemControlPort(timer);

    private void program(int channel, int mode, int count, long tick) {
        programBits(channel, mode << 1, count, at(tick));
    }

    private void programBits(int channel, int modeBits, int count, long now) {
        timer.write(3, 1, channel << 6 | 0x30 | modeBits, now);
        timer.write(channel, 1, count & 0xFF, now);
        timer.write(channel, 1, count >> 8, now);
    }

    private static long at(long tick) {
        return CLOCK.timeOf(tick);
    }

    private int count(int channel, long tick) {
        timer.write(3, 1, channel << 6, at(tick));
        int low = (int) timer.read(channel, 1, at(tick));
        return low | (int) timer.read(channel, 1, at(tick)) << 8;
    }

    @Test
    void mode_0_raises_its_output_once_when_the_count_has_run_out() {
        program(0, 0, 100, 1000);
        assertFalse(irq.high);
        assertEquals(at(1101), timer.deadline());
        timer.advance(at(1100));
        assertFalse(irq.high);
        assertEquals(1, count(0, 1100));
        timer.advance(at(1101));
        assertTrue(irq.high);
        assertEquals(Device.NEVER, timer.deadline());
        assertEquals(0xFFFF, count(0, 1102), "the counter goes on through zero");
    }

    @Test
    void mode_2_raises_an_interrupt_every_period() {
        program(0, 2, 1193, 0);
        int before = irq.rises;
        for (long period = 1; period <= 5; period++) {
            assertEquals(at(1 + period * 1193), timer.deadline());
            timer.advance(timer.deadline());
            assertEquals(before + period, irq.rises);
        }
    }

    @Test
    void periods_that_were_missed_are_one_interrupt() {
        program(0, 2, 1193, 0);
        int before = irq.rises;
        timer.advance(at(1193 * 50));
        assertEquals(before + 1, irq.rises);
    }

    @Test
    void mode_2_counts_down_to_one_and_reloads() {
        program(0, 2, 10, 0);
        assertEquals(10, count(0, 1));
        assertEquals(9, count(0, 2));
        assertEquals(1, count(0, 10));
        assertEquals(10, count(0, 11));
    }

    @Test
    void a_new_count_in_mode_2_waits_for_the_end_of_the_period() {
        program(0, 2, 100, 0);
        timer.write(0, 1, 20, at(250));
        timer.write(0, 1, 0, at(250));
        assertEquals(at(301), timer.deadline());
        timer.advance(at(301));
        assertEquals(at(321), timer.deadline());
    }

    @Test
    void mode_3_is_high_for_half_of_the_period_and_counts_by_two() {
        port61.write(0, 1, 1, 0);
        program(2, 3, 10, 0);
        assertTrue(timer.speakerOutput(at(1)));
        assertTrue(timer.speakerOutput(at(5)));
        assertFalse(timer.speakerOutput(at(6)));
        assertFalse(timer.speakerOutput(at(10)));
        assertTrue(timer.speakerOutput(at(11)));
        assertEquals(8, count(2, 12));
        assertEquals(8, count(2, 17));
    }

    @Test
    void mode_3_with_an_odd_count_is_high_one_tick_longer() {
        port61.write(0, 1, 1, 0);
        program(2, 3, 5, 0);
        assertTrue(timer.speakerOutput(at(3)));
        assertFalse(timer.speakerOutput(at(4)));
        assertTrue(timer.speakerOutput(at(6)));
    }

    @Test
    void mode_1_starts_with_the_gate_and_starts_again_with_it() {
        program(2, 1, 100, 0);
        assertTrue(timer.speakerOutput(at(50)), "no trigger yet");
        port61.write(0, 1, 1, at(100));
        assertFalse(timer.speakerOutput(at(150)));
        port61.write(0, 1, 0, at(160));
        port61.write(0, 1, 1, at(170));
        assertFalse(timer.speakerOutput(at(260)));
        assertTrue(timer.speakerOutput(at(271)));
    }

    @Test
    void mode_4_strobes_for_one_tick() {
        port61.write(0, 1, 1, 0);
        program(2, 4, 10, 0);
        assertTrue(timer.speakerOutput(at(10)));
        assertFalse(timer.speakerOutput(at(11)));
        assertTrue(timer.speakerOutput(at(12)));
    }

    @Test
    void mode_5_strobes_after_a_trigger() {
        program(2, 5, 10, 0);
        assertTrue(timer.speakerOutput(at(11)));
        port61.write(0, 1, 1, at(20));
        assertFalse(timer.speakerOutput(at(31)));
        assertTrue(timer.speakerOutput(at(32)));
    }

    @Test
    void the_gate_pauses_mode_0_as_calibration_loops_expect() {
        program(2, 0, 100, 0);
        assertFalse(timer.speakerOutput(at(1000)), "the gate is closed");
        port61.write(0, 1, 1, at(1000));
        assertEquals(60, count(2, 1040));
        port61.write(0, 1, 0, at(1040));
        assertEquals(60, count(2, 5000));
        port61.write(0, 1, 1, at(5000));
        assertFalse((port61.read(0, 1, at(5059)) & 0x20) != 0);
        assertTrue((port61.read(0, 1, at(5060)) & 0x20) != 0);
    }

    @Test
    void a_latched_count_stays_until_it_is_read() {
        program(0, 2, 1000, 0);
        timer.write(3, 1, 0x00, at(101));
        timer.write(3, 1, 0x00, at(301));
        int low = (int) timer.read(0, 1, at(401));
        int high = (int) timer.read(0, 1, at(501));
        assertEquals(900, high << 8 | low);
        assertEquals(399, timer.read(0, 1, at(602)) | timer.read(0, 1, at(602)) << 8);
    }

    @Test
    void read_back_shows_status_then_count() {
        program(0, 2, 1000, 0);
        timer.write(3, 1, 0xC2, at(101));
        assertEquals(0x80 | 0x30 | 2 << 1, timer.read(0, 1, at(101)));
        assertEquals(900, timer.read(0, 1, at(101)) | timer.read(0, 1, at(101)) << 8);
    }

    @Test
    void a_bcd_counter_counts_in_decimal() {
        programBits(0, 2 << 1 | 1, 0x0100, 0);
        assertEquals(0x0099, count(0, 2));
        assertEquals(0x0001, count(0, 100));
        programBits(1, 1, 0, at(1000));
        assertEquals(0x9999, count(1, 1002), "zero stands for ten thousand");
    }

    @Test
    void one_byte_accesses_set_one_half_of_the_count() {
        timer.write(3, 1, 0x24, 0);
        timer.write(0, 1, 2, 0);
        assertEquals(at(1 + 0x200), timer.deadline());
        assertEquals(1, timer.read(0, 1, at(2)));
    }

    @Test
    void the_refresh_signal_toggles() {
        int changes = 0;
        for (long now = 0; now < 1_000_000; now += 1_000) {
            changes += (port61.read(0, 1, now) & 0x10) != (port61.read(0, 1, now + 1_000) & 0x10) ? 1 : 0;
        }
        assertEquals(66, changes);
    }

    @Test
    void the_state_survives_a_round_trip() throws IOException {
        program(0, 2, 777, 5);
        port61.write(0, 1, 3, at(9));
        program(2, 0, 500, 10);
        timer.write(3, 1, 0x80, at(44));
        var fresh = new Pit8254(new Wire());
        States.assertRoundTrip(timer, fresh);
        assertEquals(timer.deadline(), fresh.deadline());
        States.assertRoundTrip(port61, new SystemControlPort(fresh));
        assertEquals(timer.read(2, 1, at(99)), fresh.read(2, 1, at(99)));
    }
}
