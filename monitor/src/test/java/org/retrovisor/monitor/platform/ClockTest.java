package org.retrovisor.monitor.platform;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ClockTest {
    @Test
    void an_oscillator_has_ticked_exactly_so_often_at_the_time_of_a_tick_and_not_a_nanosecond_before() {
        for (long hertz : new long[]{32_768, 1_193_182, 3_579_545, 1_000_000_000}) {
            var oscillator = new Oscillator(hertz);
            for (long ticks : new long[]{1, 2, 999, hertz - 1, hertz, hertz + 1, 12_345_678_901L,
                hertz * 86_400 * 365}) {
                long time = oscillator.timeOf(ticks);
                assertEquals(ticks, oscillator.ticksAt(time), hertz + " Hz, tick " + ticks);
                assertEquals(ticks - 1, oscillator.ticksAt(time - 1), hertz + " Hz, before tick " + ticks);
            }
        }
    }

    @Test
    void the_steps_clock_counts_ten_nanoseconds_per_instruction_and_skips_idle_time() {
        var clock = new StepsClock();
        assertEquals(1000, clock.now(100));
        assertTrue(clock.idle(5003, 100));
        assertEquals(5003, clock.now(100));
        assertEquals(5013, clock.now(101));
        assertTrue(clock.idle(4000, 101), "a deadline that has passed is no reason to give up");
        assertEquals(5013, clock.now(101));
    }

    @Test
    void the_steps_clock_asks_for_attention_at_the_first_moment_at_which_the_deadline_has_passed() {
        var clock = new StepsClock();
        clock.idle(1007, 100);
        long moment = clock.attention(2000, 100);
        assertTrue(clock.now(moment) >= 2000);
        assertTrue(clock.now(moment - 1) < 2000);
        assertEquals(101, clock.attention(0, 100), "a missed deadline is due after the next instruction");
        assertEquals(Long.MAX_VALUE, clock.attention(Device.NEVER, 100));
    }

    @Test
    void the_steps_clock_says_when_there_is_nothing_to_wait_for() {
        assertFalse(new StepsClock().idle(Device.NEVER, 7));
    }

    @Test
    void the_host_clock_starts_at_zero_and_never_goes_back() {
        long[] host = {1_000_000};
        var clock = new HostClock(() -> host[0], nanos -> {}, 500);
        assertEquals(0, clock.now(0));
        host[0] += 70;
        assertEquals(70, clock.now(0));
        host[0] -= 50;
        assertEquals(70, clock.now(0));
        assertEquals(1500, clock.attention(3, 1000));
    }

    @Test
    void the_host_clock_sleeps_until_the_deadline_but_not_for_ever() {
        long[] host = {0};
        List<Long> slept = new ArrayList<>();
        var clock = new HostClock(() -> host[0], slept::add, 500);
        clock.now(0);
        assertTrue(clock.idle(2_000, 0));
        assertTrue(clock.idle(Device.NEVER, 0));
        assertTrue(clock.idle(-5, 0));
        assertEquals(List.of(2_000L, 100_000_000L), slept);
    }

    @Test
    void the_host_clock_is_asked_less_often_by_a_fast_engine_and_in_time_for_the_deadline() {
        long[] host = {0};
        var clock = new HostClock(() -> host[0], nanos -> host[0] += nanos, 1000);
        clock.now(0);
        assertEquals(1000, clock.attention(Device.NEVER, 0), "nothing is known yet");
        host[0] = 500;
        assertEquals(1000 + 200_000, clock.attention(Device.NEVER, 1000), "2 instructions in a nanosecond, for 100 us");
        host[0] = 100_500;
        assertEquals(201_000 + 20_000, clock.attention(110_500, 201_000), "until the deadline");
        host[0] = 1_100_500;
        assertEquals(211_000 + 1000, clock.attention(Device.NEVER, 211_000), "as slow as an interpreter");
        clock.idle(5_000_000, 211_000);
        host[0] += 500;
        assertEquals(212_000 + 200_000, clock.attention(Device.NEVER, 212_000), "sleeping does not count");
        host[0] += 1;
        assertEquals(1_000_000 + 800_000, clock.attention(Device.NEVER, 1_000_000), "what no engine can do");
    }

    @Test
    void a_restored_clock_goes_on_from_where_it_was_saved() throws IOException {
        var steps = new StepsClock();
        steps.idle(5_000, 10);
        var restored = new StepsClock();
        transfer(steps, restored, 10);
        assertEquals(steps.now(20), restored.now(20));

        long[] host = {500};
        var first = new HostClock(() -> host[0], nanos -> {}, 1);
        first.now(0);
        host[0] += 42;
        var second = new HostClock(() -> host[0] + 1_000_000, nanos -> {}, 1);
        transfer(first, second, 0);
        assertEquals(42, second.now(0));
        host[0] += 8;
        assertEquals(50, second.now(0));
    }

    @Test
    void scripted_input_comes_at_its_time() {
        var input = new ScriptedInput().type(100, new byte[]{'a', (byte) 0xFF}).type(200, new byte[]{'b'});
        assertEquals(100, input.nextAt());
        assertEquals(-1, input.next(99));
        assertEquals('a', input.next(100));
        assertEquals(0xFF, input.next(100));
        assertEquals(-1, input.next(199));
        assertEquals('b', input.next(1000));
        assertEquals(Device.NEVER, input.nextAt());
        assertEquals(-1, input.next(Device.NEVER));
    }

    private static void transfer(GuestClock from, GuestClock to, long moment) throws IOException {
        var bytes = new ByteArrayOutputStream();
        from.save(new DataOutputStream(bytes), moment);
        to.restore(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())), moment);
    }
}
