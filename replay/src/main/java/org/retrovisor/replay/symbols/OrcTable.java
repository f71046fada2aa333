package org.retrovisor.replay.symbols;

/**
 * The kernel's own unwind tables ("ORC"): one tells an address for each entry, relative to itself and in order, the other
 * tells how the frame looks from there on.
 *
 * <pre>
 *   entry    sp offset (16 bits, signed)   bp offset (16 bits, signed)   registers and type (16 bits, OrcLayout)
 * </pre>
 */
final class OrcTable {
    static final int ENTRY_BYTES = 6;

    final int count;
    final OrcLayout layout;

    private final KernelImage image;
    private final int addresses;
    private final int entries;

    private OrcTable(KernelImage image, int addresses, int entries, int count) {
        this.image = image;
        this.addresses = addresses;
        this.entries = entries;
        this.count = count;
        this.layout = OrcLayout.of(image, entries, count);
    }

    /** The tables of a kernel; null when it has none (it then has frame pointers), or damaged ones. */
    static OrcTable of(KernelSymbols symbols) {
        KernelImage image = symbols.image();
        long addresses = symbols.firstOf("__start_orc_unwind_ip");
        long addressesEnd = symbols.firstOf("__stop_orc_unwind_ip");
        long entries = symbols.firstOf("__start_orc_unwind");
        long entriesEnd = symbols.firstOf("__stop_orc_unwind");
        if (addresses == -1 || addressesEnd <= addresses || entries == -1 || entriesEnd <= entries) {
            return null;
        }
        long count = (addressesEnd - addresses) / 4;
        if (count * ENTRY_BYTES > entriesEnd - entries) {
            return null;
        }
        OrcTable table = new OrcTable(image, image.position(addresses), image.position(entries), (int) count);
        return table.ordered() ? table : null;
    }

    private boolean ordered() {
        for (int i = 1; i < count; i++) {
            if (address(i) < address(i - 1)) {
                return false;
            }
        }
        return image.holds(address(0)) && image.holds(address(count - 1));
    }

    /** From where on entry {@code i} holds. */
    long address(int i) {
        int at = addresses + 4 * i;
        return image.base() + at + image.i32(at);
    }

    int spOffset(int i) {
        return image.i16(entries + ENTRY_BYTES * i);
    }

    int bpOffset(int i) {
        return image.i16(entries + ENTRY_BYTES * i + 2);
    }

    int flags(int i) {
        return image.u16(entries + ENTRY_BYTES * i + 4);
    }

    /** All of an entry as one number. */
    long bits(int i) {
        int at = entries + ENTRY_BYTES * i;
        return image.i32(at) & 0xFFFF_FFFFL | (long) flags(i) << 32;
    }
}
