package org.retrovisor.replay.symbols;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A guest whose memory holds what a kernel's would: page tables, a banner, a symbol table in the layout of one of the
 * versions, unwind tables. Everything else is zero.
 */
final class SyntheticKernel implements GuestView {
    /** Where the parts of the symbol table lie, and how addresses are written. */
    enum Layout {
        /** Before Linux 4.6: addresses of 64 bits. */
        ADDRESSES(false, false, "4.4.0"),
        /** To 6.1. */
        ORIGINAL(false, false, "5.10.0"),
        /** 6.2 and 6.3: the order of names between markers and tokens. */
        WITH_ORDER_OF_NAMES(false, true, "6.2.0"),
        /** 6.4 to 6.14: addresses last. */
        ADDRESSES_LAST(true, true, "6.12.0"),
        /** From 6.15: all offsets count from the base. */
        PLAIN_OFFSETS(true, true, "6.15.0");

        final boolean last;
        final boolean order;
        final String version;

        Layout(boolean last, boolean order, String version) {
            this.last = last;
            this.order = order;
            this.version = version;
        }
    }

    static final long LINKED = 0xFFFF_FFFF_8100_0000L;
    static final int FUNCTIONS = 1500;
    static final int FUNCTION_BYTES = 32;
    static final String LONG_NAME = "a_name_" + "longer_than_others_".repeat(12);

    private static final int TABLES = 0x1000;
    private static final int PHYSICAL = 0x20_0000;
    private static final int IMAGE_BYTES = 0x10_0000;
    private static final int RODATA = 0x2_0000;

    final byte[] memory = new byte[PHYSICAL + IMAGE_BYTES];
    final long base;
    final List<Symbol> symbols = new ArrayList<>();
    final String banner;

    int levels = 4;
    long root = TABLES;
    long systemCallEntry;
    /** Positions in memory of the symbol table's first and last bytes. */
    int tableStart;
    int tableEnd;

    private final Layout layout;
    private final ByteBuffer image = ByteBuffer.wrap(memory, PHYSICAL, IMAGE_BYTES).slice()
            .order(ByteOrder.LITTLE_ENDIAN);
    private final List<String> tokens = new ArrayList<>();

    /** A kernel of a layout, {@code moved} bytes from where it was linked. */
    SyntheticKernel(Layout layout, long moved, SyntheticOrc... unwind) {
        this.layout = layout;
        this.base = LINKED + moved;
        this.banner = "Linux version " + layout.version + " (someone@somewhere) #1 SMP";
        pageTables();
        banner();
        declare();
        int at = unwindTables(unwind);
        symbols.sort(Comparator.comparing(Symbol::address, Long::compareUnsigned));
        symbolTable(at);
    }

    // ---------------------------------------------------------------- GuestView

    @Override
    public int readPhysical(long physical, byte[] to, int offset, int length) {
        int there = (int) Math.max(0, Math.min(length, memory.length - physical));
        if (physical < 0 || there == 0) {
            return 0;
        }
        System.arraycopy(memory, (int) physical, to, offset, there);
        return there;
    }

    @Override
    public int pagingLevels() {
        return levels;
    }

    @Override
    public long cr3() {
        return root;
    }

    @Override
    public long systemCallEntry() {
        return systemCallEntry;
    }

    // ---------------------------------------------------------------- page tables

    private void pageTables() {
        entry(TABLES, 511, 0x3000);
        entry(0x3000, 510, 0x4000);
        int first = (int) (base - KernelMapping.START >>> 21);
        entry(0x4000, first, 0x5000);
        for (int page = 0; page < IMAGE_BYTES >> 12; page++) {
            entry(0x5000, page, PHYSICAL + (page << 12));
        }
    }

    /** Points an entry of a table to a page. */
    void entry(int table, int index, long target) {
        ByteBuffer.wrap(memory).order(ByteOrder.LITTLE_ENDIAN).putLong(table + 8 * index, target == 0 ? 0 : target | 1);
    }

    // ---------------------------------------------------------------- contents

    private void declare() {
        if (layout != Layout.PLAIN_OFFSETS) {
            symbols.add(new Symbol(0, 'A', "fixed_percpu_data"));
            symbols.add(new Symbol(0x14040, 'A', "cpu_tss_rw"));
        }
        add('T', "_text", 0);
        add('T', "_stext", 0);
        for (int i = 0; i < FUNCTIONS; i++) {
            add(i % 3 == 0 ? 'T' : 't', "function_" + i + (i % 7 == 0 ? ".cold" : ""), i * FUNCTION_BYTES);
        }
        add('W', "entry_SYSCALL_64", FUNCTIONS * FUNCTION_BYTES);
        add('t', LONG_NAME, FUNCTIONS * FUNCTION_BYTES + 16);
        add('T', "_etext", FUNCTIONS * FUNCTION_BYTES + 32);
        add('R', "__start_rodata", RODATA);
        add('R', "linux_banner", RODATA + 64);
        add('R', "__end_rodata", 0xC_0000);
        add('D', "_sdata", 0xC_0000);
        add('D', "jiffies_64", 0xC_0040);
        add('D', "_edata", 0xC_8000);
        add('B', "__bss_start", 0xC_8000);
        add('b', "counter", 0xC_8008);
        add('B', "__bss_stop", IMAGE_BYTES);
        systemCallEntry = base + FUNCTIONS * FUNCTION_BYTES;
    }

    private void add(char type, String name, int offset) {
        symbols.add(new Symbol(base + offset, type, name));
    }

    private void banner() {
        text(RODATA, "Linux version %s, a template");
        text(RODATA + 64, banner + "\n");
        byte[] pushAndReturn = {0x55, (byte) 0xC3};
        image.put(0, pushAndReturn);
        image.put(3 * FUNCTION_BYTES, pushAndReturn);
    }

    private void text(int at, String text) {
        image.put(at, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Puts unwind tables; answers where free space begins. */
    private int unwindTables(SyntheticOrc[] unwind) {
        int addresses = RODATA + 0x1000;
        int entries = addresses + 4 * unwind.length;
        int end = entries + 6 * unwind.length;
        if (unwind.length > 0) {
            add('r', "__start_orc_unwind_ip", addresses);
            add('r', "__stop_orc_unwind_ip", entries);
            add('r', "__start_orc_unwind", entries);
            add('r', "__stop_orc_unwind", end);
        }
        for (int i = 0; i < unwind.length; i++) {
            image.putInt(addresses + 4 * i, unwind[i].offset() - (addresses + 4 * i));
            image.putShort(entries + 6 * i, (short) unwind[i].spOffset());
            image.putShort(entries + 6 * i + 2, (short) unwind[i].bpOffset());
            image.putShort(entries + 6 * i + 4, (short) unwind[i].flags());
        }
        return end;
    }

    // ---------------------------------------------------------------- the symbol table

    private void symbolTable(int from) {
        makeTokens();
        image.position(from);
        align();
        tableStart = PHYSICAL + image.position();
        if (!layout.last) {
            addresses();
        }
        names();
        tokens();
        if (layout.last) {
            addresses();
            orderOfNames();
        }
        tableEnd = PHYSICAL + image.position();
    }

    private void align() {
        image.position(image.position() + 7 & -8);
    }

    private void makeTokens() {
        tokens.addAll(List.of("function_", "longer_", "than_", "others_"));
        for (char c = 'a'; tokens.size() < 256 - 94; c++) {
            for (char d = 'a'; d <= 'z' && tokens.size() < 256 - 94; d++) {
                tokens.add("" + c + d);
            }
        }
        for (char c = '!'; c <= '~'; c++) {
            tokens.add(String.valueOf(c));
        }
    }

    private void addresses() {
        align();
        for (Symbol symbol : symbols) {
            switch (layout) {
                case ADDRESSES -> image.putLong(symbol.address());
                case PLAIN_OFFSETS -> image.putInt((int) (symbol.address() - base));
                default -> image.putInt((int) (symbol.address() >= 0 ? symbol.address() : base - 1 - symbol.address()));
            }
        }
        align();
        if (layout != Layout.ADDRESSES) {
            image.putLong(base);
        }
    }

    private void names() {
        align();
        image.putInt(symbols.size());
        align();
        int start = image.position();
        List<Integer> markers = new ArrayList<>();
        for (int i = 0; i < symbols.size(); i++) {
            if (i % 256 == 0) {
                markers.add(image.position() - start);
            }
            name(symbols.get(i).type() + symbols.get(i).name());
        }
        align();
        markers.forEach(image::putInt);
        if (layout.order && !layout.last) {
            orderOfNames();
        }
    }

    private void name(String name) {
        List<Integer> numbers = new ArrayList<>();
        int at = 0;
        while (at < name.length()) {
            int token = 0;
            // The long name is spelt out, to have more than 127 tokens.
            while (!name.startsWith(tokens.get(token), at) || name.length() > 150 && tokens.get(token).length() > 1) {
                token++;
            }
            numbers.add(token);
            at += tokens.get(token).length();
        }
        if (numbers.size() >= 128) {
            image.put((byte) (numbers.size() & 0x7F | 0x80)).put((byte) (numbers.size() >> 7));
        } else {
            image.put((byte) numbers.size());
        }
        numbers.forEach(number -> image.put(number.byteValue()));
    }

    private void orderOfNames() {
        align();
        for (int i = 0; i < symbols.size(); i++) {
            image.put((byte) (i >> 16)).put((byte) (i >> 8)).put((byte) i);
        }
    }

    private void tokens() {
        align();
        int start = image.position();
        int[] index = new int[tokens.size()];
        for (int i = 0; i < index.length; i++) {
            index[i] = image.position() - start;
            image.put(tokens.get(i).getBytes(StandardCharsets.ISO_8859_1)).put((byte) 0);
        }
        align();
        for (int offset : index) {
            image.putShort((short) offset);
        }
    }
}
