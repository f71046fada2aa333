package org.retrovisor.monitor.boot;

import java.util.List;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MemoryMapTest {
    private static long usable(MemoryMap map) {
        return map.ranges().stream().filter(range -> range.type() == MemoryMap.USABLE)
                .mapToLong(MemoryMap.Range::length).sum();
    }

    @Test
    void ranges_are_in_order_and_do_not_overlap() throws BootException {
        for (long megabytes : new long[]{2, 64, 512, 3071, 3072, 3073, 4096, 8192, 65536}) {
            List<MemoryMap.Range> ranges = new MemoryMap(megabytes << 20).ranges();
            for (int i = 1; i < ranges.size(); i++) {
                assertTrue(ranges.get(i).start() >= ranges.get(i - 1).end(), megabytes + "M: " + ranges);
            }
        }
    }

    @Test
    void memory_beyond_three_gibibytes_is_above_four() throws BootException {
        var map = new MemoryMap(8L << 30);
        MemoryMap.Range last = map.ranges().getLast();
        assertEquals(4L << 30, last.start());
        assertEquals(5L << 30, last.length());
        assertEquals(3L << 30, map.lowEnd());
    }

    @Test
    void nearly_all_memory_is_usable() throws BootException {
        for (long megabytes : new long[]{64, 3072, 8192}) {
            long lost = (megabytes << 20) - usable(new MemoryMap(megabytes << 20));
            assertEquals((385 << 10) + MemoryMap.ACPI_SIZE, lost);
        }
    }

    @Test
    void a_machine_without_room_for_anything_is_refused() {
        assertThrows(BootException.class, () -> new MemoryMap(1 << 20));
    }
}
