package org.retrovisor.monitor.translator;

import java.util.Arrays;
import java.util.function.Consumer;
import org.retrovisor.monitor.interpreter.Block;

/** Linear and host address of all that is translated in a frame, in a row: walking along its blocks takes much longer. */
final class PlacesInFrame implements Consumer<Block> {
    private final CodeCache cache;
    private long[] places = new long[32];
    private int count;

    private PlacesInFrame(CodeCache cache) {
        this.cache = cache;
    }

    /** Of the frame that a block is in: pairs. */
    static long[] of(Block found, CodeCache cache) {
        PlacesInFrame all = new PlacesInFrame(cache);
        found.forEachTranslatedOfFrame(all);
        return Arrays.copyOf(all.places, all.count);
    }

    @Override
    public void accept(Block block) {
        Translation made = (Translation) block.translation();
        if (made != null && made != Translation.REFUSED && !made.dead && !block.spansPages()) {
            if (count == places.length) {
                places = Arrays.copyOf(places, 2 * count);
            }
            places[count++] = made.rip;
            places[count++] = cache.host(made.entry);
        }
    }
}
