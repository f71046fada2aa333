package org.retrovisor.replay;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PageSlabsTest {
    /** Of several regions more than are found ahead. */
    private static final int MANY = 1000;

    @Test
    void everySlabIsMemoryOfItsOwn() {
        List<PageSlabs.Slab> taken = new ArrayList<>();
        try (PageSlabs slabs = new PageSlabs()) {
            for (int i = 0; i < MANY; i++) {
                PageSlabs.Slab slab = slabs.take();
                slab.memory().set(ValueLayout.JAVA_INT, 0, i);
                slab.memory().set(ValueLayout.JAVA_INT, PageSlabs.BYTES - 4, -i);
                taken.add(slab);
            }
            for (int i = 0; i < MANY; i++) {
                assertEquals(i, taken.get(i).memory().get(ValueLayout.JAVA_INT, 0));
                assertEquals(-i, taken.get(i).memory().get(ValueLayout.JAVA_INT, PageSlabs.BYTES - 4));
            }
        }
    }

    @Test
    void anInterruptedThreadGetsMemoryAndStaysInterrupted() {
        try (PageSlabs slabs = new PageSlabs()) {
            Thread.currentThread().interrupt();
            PageSlabs.Slab slab = slabs.take();
            assertTrue(Thread.interrupted());
            assertEquals(PageSlabs.BYTES, slab.memory().byteSize());
        }
    }

    @Test
    void theEndMayComeWhileMemoryIsBeingFound() {
        for (int i = 0; i < 20; i++) {
            PageSlabs slabs = new PageSlabs();
            PageSlabs.Slab slab = slabs.take();
            slabs.close();
            assertFalse(slab.memory().scope().isAlive());
        }
    }
}
