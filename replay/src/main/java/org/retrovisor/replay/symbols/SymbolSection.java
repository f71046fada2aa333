package org.retrovisor.replay.symbols;

import java.util.List;
import java.util.Set;

/**
 * The symbol table of an ELF file and its names.
 *
 * @param table entries of 24 bytes, local symbols first
 * @param names the names that they point to
 * @param locals how many entries are local, the empty first one included
 */
record SymbolSection(ByteSink table, ByteSink names, int locals) {
    private static final int ABSOLUTE = 0xFFF1;
    private static final int GLOBAL = 1 << 4;
    private static final int WEAK = 2 << 4;
    private static final int OBJECT = 1;
    private static final int FUNCTION = 2;
    /** The farthest that one symbol reaches: beyond is memory without names. */
    private static final long LARGEST = 1 << 26;
    /** Names of places rather than things. */
    private static final Set<String> PLACES = Set
            .of("_text", "_stext", "_etext", "_sinittext", "_einittext", "_sdata", "_edata");

    /** A table without symbols. */
    static SymbolSection none() {
        return new SymbolSection(new ByteSink(24).u64(0).u64(0).u64(0), new ByteSink(1).u8(0), 1);
    }

    /** The table of a kernel's symbols. */
    static SymbolSection of(KernelSymbols kernel, List<KernelSection> sections) {
        ByteSink table = new ByteSink(24 * kernel.symbols().size() + 24);
        ByteSink names = new ByteSink(24 * kernel.symbols().size()).u8(0);
        table.u64(0).u64(0).u64(0);
        Builder builder = new Builder(kernel, sections, table, names);
        builder.add(false);
        int locals = table.size() / 24;
        builder.add(true);
        return new SymbolSection(table, names, locals);
    }

    private record Builder(KernelSymbols kernel, List<KernelSection> sections, ByteSink table, ByteSink names) {
        void add(boolean global) {
            List<Symbol> all = kernel.symbols();
            int next = 0;
            for (int i = 0; i < all.size(); i++) {
                Symbol symbol = all.get(i);
                boolean alone = next == i && (i + 1 == all.size() || all.get(i + 1).address() != symbol.address());
                while (next < all.size() && all.get(next).address() == symbol.address()) {
                    next++;
                }
                if (symbol.isGlobal() == global) {
                    long end = next < all.size() ? all.get(next).address() : symbol.address();
                    entry(symbol, end, alone);
                }
            }
        }

        private void entry(Symbol symbol, long end, boolean alone) {
            int section = section(symbol.address());
            boolean place = !alone && isPlace(symbol.name());
            int binding = symbol.isWeak() ? WEAK : symbol.isGlobal() ? GLOBAL : 0;
            int type = place ? 0 : isCode(section) ? FUNCTION : OBJECT;
            table.u32(names.size()).u8(binding | type).u8(0).u16(section < 0 ? ABSOLUTE : section + 1);
            table.u64(symbol.address()).u64(place ? 0 : size(symbol.address(), end, section));
            names.string(symbol.name());
        }

        private boolean isCode(int section) {
            return section >= 0 && (sections.get(section).flags() & 4) != 0;
        }

        private long size(long start, long end, int section) {
            long limit = section < 0 ? end : Math.min(end, sections.get(section).end());
            long size = limit - start;
            return size < 0 || size > LARGEST ? 0 : size;
        }

        private int section(long address) {
            for (int i = 0; i < sections.size(); i++) {
                if (address >= sections.get(i).start() && address < sections.get(i).end()) {
                    return i;
                }
            }
            return -1;
        }

        /** Whether a name only marks where something begins: a debugger should prefer the thing's own name. */
        private static boolean isPlace(String name) {
            return PLACES.contains(name) || name.startsWith("__") && (name.endsWith("_start") || name.endsWith("_end")
                    || name.endsWith("_begin") || name.startsWith("__start_") || name.startsWith("__stop_"));
        }
    }
}
