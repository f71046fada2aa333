package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AddressMapTest {
    /** Notes accesses; reads answer with the offset plus 10H. */
    private static final class Notebook implements Device {
        final List<String> accesses = new ArrayList<>();

        @Override
        public long read(long offset, int size, long now) {
            accesses.add("r" + size + "@" + offset);
            return 0x10 + offset;
        }

        @Override
        public void write(long offset, int size, long value, long now) {
            accesses.add("w" + size + "@" + offset + "=" + Long.toHexString(value));
        }

        @Override
        public void save(DataOutput out) {}

        @Override
        public void restore(DataInput in) {}
    }

    private final Notebook bytes = new Notebook();
    private final Notebook words = new Notebook();
    private final AddressMap map = new AddressMap().add(0x20, 2, 1, bytes).add(0x600, 12, 4, words);

    @Test
    void a_wide_access_is_taken_apart_for_a_narrow_device() {
        assertEquals(0x1110, map.read(0x20, 2, 0));
        map.write(0x20, 2, 0xBBAA, 0);
        assertEquals(List.of("r1@0", "r1@1", "w1@0=aa", "w1@1=bb"), bytes.accesses);
    }

    @Test
    void a_device_gets_the_widest_access_it_understands() {
        assertEquals(0x18, map.read(0x608, 4, 0));
        map.write(0x604, 2, 0x2001, 0);
        map.write(0x600, 8, 0x1_0000_0002L, 0);
        assertEquals(List.of("r4@8", "w2@4=2001", "w4@0=2", "w4@4=1"), words.accesses);
    }

    @Test
    void nobody_answers_with_all_ones() {
        assertEquals(0xFF, map.read(0x22, 1, 0));
        assertEquals(0xFFFF_FFFFL, map.read(0xFFFF, 4, 0));
        assertEquals(-1L, map.read(0xA0000, 8, 0));
        map.write(0x22, 4, 0, 0);
        assertTrue(bytes.accesses.isEmpty());
    }

    @Test
    void an_access_that_leaves_a_window_finds_nothing_there() {
        assertEquals(0xFF11, map.read(0x21, 2, 0));
        assertEquals(0xFFFF_FFFFL, map.read(0x60A, 4, 0) | 0xFFFF);
    }

    @Test
    void only_windows_are_claimed() {
        assertTrue(map.claims(0x21));
        assertFalse(map.claims(0x22));
        assertFalse(map.claims(0x1F));
    }

    @Test
    void windows_do_not_overlap() {
        assertThrows(IllegalArgumentException.class, () -> map.add(0x21, 1, 1, words));
        assertThrows(IllegalArgumentException.class, () -> map.add(0x5F0, 0x20, 1, words));
    }
}
