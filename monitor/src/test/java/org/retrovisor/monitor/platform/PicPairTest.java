package org.retrovisor.monitor.platform;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PicPairTest {
    private static final int EOI = 0x20;

    private PicPair pics;
    private Device first;
    private Device second;

    @BeforeEach
    void initialize() {
        pics = new PicPair();
        first = pics.first();
        second = pics.second();
        initialize(0x01);
    }

    private void initialize(int icw4) {
        for (int[] step : new int[][]{{0, 0x11}, {1, 0x30}, {1, 0x04}, {1, icw4}, {1, 0}}) {
            first.write(step[0], 1, step[1], 0);
        }
        for (int[] step : new int[][]{{0, 0x11}, {1, 0x38}, {1, 0x02}, {1, icw4}, {1, 0}}) {
            second.write(step[0], 1, step[1], 0);
        }
    }

    @Test
    void an_edge_is_delivered_once_with_its_vector() {
        pics.line(4, true);
        assertTrue(pics.requests());
        assertEquals(0x34, pics.acknowledge());
        assertFalse(pics.requests());
        first.write(0, 1, EOI, 0);
        assertFalse(pics.requests(), "the line is still high, but there was no new edge");
        pics.line(4, false);
        pics.line(4, true);
        assertTrue(pics.requests());
    }

    @Test
    void a_level_triggered_input_asks_again_until_it_falls() {
        pics.edgeLevelControl().write(1, 1, 0x02, 0);
        pics.line(9, true);
        assertEquals(0x39, pics.acknowledge());
        second.write(0, 1, EOI, 0);
        first.write(0, 1, EOI, 0);
        assertTrue(pics.requests());
        pics.line(9, false);
        assertFalse(pics.requests());
    }

    @Test
    void the_timer_the_keyboard_and_the_cascade_stay_edge_triggered() {
        pics.edgeLevelControl().write(0, 1, 0xFF, 0);
        pics.edgeLevelControl().write(1, 1, 0xFF, 0);
        assertEquals(0xF8, pics.edgeLevelControl().read(0, 1, 0));
        assertEquals(0xDE, pics.edgeLevelControl().read(1, 1, 0));
    }

    @Test
    void a_lower_input_number_goes_first_and_holds_back_the_higher() {
        pics.line(4, true);
        pics.line(1, true);
        assertEquals(0x31, pics.acknowledge());
        assertFalse(pics.requests());
        first.write(0, 1, EOI, 0);
        assertEquals(0x34, pics.acknowledge());
        pics.line(0, true);
        assertEquals(0x30, pics.acknowledge(), "a higher one interrupts the lower one's service");
    }

    @Test
    void two_requests_of_the_second_controller_are_both_delivered() {
        pics.line(8, true);
        pics.line(12, true);
        assertEquals(0x38, pics.acknowledge());
        second.write(0, 1, EOI, 0);
        first.write(0, 1, EOI, 0);
        assertTrue(pics.requests());
        assertEquals(0x3C, pics.acknowledge());
    }

    @Test
    void a_mask_holds_a_request_until_it_is_lifted() {
        first.write(1, 1, 0x10, 0);
        pics.line(4, true);
        assertFalse(pics.requests());
        assertEquals(0x10, first.read(0, 1, 0), "the request register shows it");
        first.write(1, 1, 0, 0);
        assertTrue(pics.requests());
    }

    @Test
    void a_request_that_is_gone_becomes_a_spurious_interrupt_7() {
        pics.line(4, true);
        pics.line(4, false);
        assertEquals(0x37, pics.acknowledge());
        first.write(0, 1, 0x0B, 0);
        assertEquals(0, first.read(0, 1, 0), "nothing is in service");
    }

    @Test
    void automatic_end_of_interrupt_leaves_nothing_in_service() {
        initialize(0x03);
        pics.line(4, true);
        pics.line(5, true);
        assertEquals(0x34, pics.acknowledge());
        assertEquals(0x35, pics.acknowledge());
    }

    @Test
    void a_specific_end_of_interrupt_ends_the_one_it_names() {
        pics.line(4, true);
        pics.acknowledge();
        pics.line(1, true);
        pics.acknowledge();
        first.write(0, 1, 0x64, 0);
        first.write(0, 1, 0x0B, 0);
        assertEquals(0x02, first.read(0, 1, 0));
    }

    @Test
    void rotation_makes_the_served_input_the_lowest() {
        pics.line(1, true);
        pics.acknowledge();
        first.write(0, 1, 0xA0, 0);
        pics.line(1, false);
        pics.line(1, true);
        pics.line(5, true);
        assertEquals(0x35, pics.acknowledge());
    }

    @Test
    void special_mask_mode_lets_lower_ones_through_while_a_masked_one_is_in_service() {
        pics.line(1, true);
        pics.acknowledge();
        pics.line(5, true);
        assertFalse(pics.requests());
        first.write(1, 1, 0x02, 0);
        first.write(0, 1, 0x68, 0);
        assertTrue(pics.requests());
        assertEquals(0x35, pics.acknowledge());
    }

    @Test
    void polling_acknowledges() {
        pics.line(4, true);
        first.write(0, 1, 0x0C, 0);
        assertEquals(0x84, first.read(0, 1, 0));
        first.write(0, 1, 0x0C, 0);
        assertEquals(0, first.read(0, 1, 0));
    }

    @Test
    void the_state_survives_a_round_trip() throws IOException {
        pics.line(4, true);
        pics.acknowledge();
        pics.line(12, true);
        first.write(1, 1, 0xA5, 0);
        var fresh = new PicPair();
        States.assertRoundTrip(first, fresh.first());
        States.assertRoundTrip(second, fresh.second());
        assertEquals(0xA5, fresh.first().read(1, 1, 0));
    }
}
