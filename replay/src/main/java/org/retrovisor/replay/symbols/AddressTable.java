package org.retrovisor.replay.symbols;

import java.util.ArrayList;
import java.util.List;

/**
 * The addresses of the symbols, which lie before the names (until Linux 6.3) or after the tokens (since), in one of three
 * encodings:
 *
 * <pre>
 *   offsets, 32 bits each, padding to 8, base (64 bits)   address = base + offset                   (6.15 and later)
 *   the same                                              offset &gt;= 0: that number, per processor
 *                                                         offset &lt; 0: address = base - 1 - offset   (4.6 to 6.14)
 *   addresses, 64 bits each                               (before 4.6, or by configuration)
 * </pre>
 *
 * <p>Which one it is follows from the numbers: read rightly, the addresses never fall.
 */
final class AddressTable {
    private AddressTable() {}

    /** The readings under which addresses never fall; usually one. */
    static List<long[]> candidates(KernelImage image, NameTable names, TokenTable tokens) {
        int offsets = TokenTable.align(4 * names.count);
        List<long[]> all = new ArrayList<>();
        addRelative(all, image, names.start - 8 - offsets, names.count);
        addRelative(all, image, tokens.end, names.count);
        addAbsolute(all, image, names.start - 8 * names.count, names.count);
        addAbsolute(all, image, tokens.end, names.count);
        return all;
    }

    private static void addRelative(List<long[]> to, KernelImage image, int at, int count) {
        int offsets = TokenTable.align(4 * count);
        if (!image.holds(at, offsets + 8L)) {
            return;
        }
        long base = image.i64(at + offsets);
        if (!image.holds(base)) {
            return;
        }
        long[] perProcessor = new long[count];
        long[] plain = new long[count];
        for (int i = 0; i < count; i++) {
            int offset = image.i32(at + 4 * i);
            perProcessor[i] = offset >= 0 ? offset : base - 1 - offset;
            plain[i] = base + (offset & 0xFFFF_FFFFL);
        }
        addOrdered(to, image, perProcessor);
        addOrdered(to, image, plain);
    }

    private static void addAbsolute(List<long[]> to, KernelImage image, int at, int count) {
        if (!image.holds(at, 8L * count)) {
            return;
        }
        long[] addresses = new long[count];
        for (int i = 0; i < count; i++) {
            addresses[i] = image.i64(at + 8 * i);
        }
        addOrdered(to, image, addresses);
    }

    /** Adds a reading if it is in order and half of it, at least, is inside the kernel. */
    private static void addOrdered(List<long[]> to, KernelImage image, long[] addresses) {
        int inside = 0;
        for (int i = 0; i < addresses.length; i++) {
            if (i > 0 && Long.compareUnsigned(addresses[i], addresses[i - 1]) < 0) {
                return;
            }
            inside += image.holds(addresses[i]) ? 1 : 0;
        }
        if (inside >= addresses.length / 2) {
            to.add(addresses);
        }
    }
}
