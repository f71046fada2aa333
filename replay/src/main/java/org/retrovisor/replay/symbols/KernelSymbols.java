package org.retrovisor.replay.symbols;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The symbols of the Linux kernel that a guest runs, found in its memory: they are there for the kernel's own messages
 * (CONFIG_KALLSYMS, which every distribution has). Symbols of modules are not among them.
 *
 * <p>Costs some 100 ms and a copy of the kernel's image in memory (30 to 60 MiB).
 */
public final class KernelSymbols {
    private static final String BANNER = "Linux version ";
    private static final String SYSTEM_CALL = "entry_SYSCALL_64";

    private final KernelImage image;
    private final String banner;
    private final List<Symbol> symbols;
    private final Map<String, Long> byName = new HashMap<>();

    private KernelSymbols(KernelImage image, String banner, List<Symbol> symbols) {
        this.image = image;
        this.banner = banner;
        this.symbols = List.copyOf(symbols);
        for (Symbol symbol : symbols) {
            byName.putIfAbsent(symbol.name(), symbol.address());
        }
    }

    /** Finds the symbols, at their addresses of this boot. */
    public static KernelSymbols find(GuestView guest) throws KernelSymbolsException {
        if (guest.pagingLevels() == 0) {
            throw none("the guest is not in 64-bit mode here");
        }
        String why = "the page tables map nothing at ffffffff80000000, where Linux has its kernel";
        Budget budget = new Budget();
        for (KernelMapping mapping : KernelMapping.of(guest)) {
            for (int[] range : mapping.ranges()) {
                KernelImage image = mapping.load(range);
                Search search = new Search(image, guest.systemCallEntry(), budget);
                if (search.run()) {
                    return new KernelSymbols(image, search.banner, search.symbols);
                }
                why = search.why;
            }
        }
        throw none(why);
    }

    private static KernelSymbolsException none(String why) {
        return new KernelSymbolsException("no kernel symbols found: " + why);
    }

    /** All symbols by address. */
    public List<Symbol> symbols() {
        return symbols;
    }

    /** What the kernel says of itself: "Linux version 6.1.0 ...". */
    public String banner() {
        return banner;
    }

    /** The address of a name; of several symbols with that name, the lowest. */
    public OptionalLong address(String name) {
        Long address = byName.get(name);
        return address == null ? OptionalLong.empty() : OptionalLong.of(address);
    }

    KernelImage image() {
        return image;
    }

    /** The first of several names that is known and inside the image or at its end, or -1. */
    long firstOf(String... names) {
        for (String name : names) {
            Long address = byName.get(name);
            if (address != null && address >= image.base() && address <= image.end()) {
                return address;
            }
        }
        return -1;
    }

    /** A search through one image: what it found, or why it found nothing. */
    private static final class Search {
        private final KernelImage image;
        private final long systemCallEntry;
        private final Budget budget;
        private String banner;
        private List<Symbol> symbols;
        private String why;

        Search(KernelImage image, long systemCallEntry, Budget budget) {
            this.image = image;
            this.budget = budget;
            this.systemCallEntry = systemCallEntry;
        }

        boolean run() {
            int at = image.find(BANNER, 0);
            if (at < 0) {
                why = "what is mapped at %x does not call itself Linux".formatted(image.base());
                return false;
            }
            banner = image.line(at);
            why = "this kernel has no symbol table in its memory (CONFIG_KALLSYMS): " + banner;
            for (TokenTable tokens = TokenTable.find(image, 0, budget); tokens != null; tokens = TokenTable.find(image,
                    tokens.end, budget)) {
                if (read(tokens)) {
                    return true;
                }
            }
            return false;
        }

        private boolean read(TokenTable tokens) {
            why = "this kernel's symbol table is damaged, or of a kind that is not known here: " + banner;
            NameTable names = NameTable.find(image, tokens, budget);
            String[] expanded = names == null ? null : names.expand();
            if (expanded == null) {
                return false;
            }
            for (long[] addresses : AddressTable.candidates(image, names, tokens)) {
                symbols = combine(addresses, expanded);
                if (anchored()) {
                    banner = properBanner();
                    return true;
                }
            }
            return false;
        }

        private static List<Symbol> combine(long[] addresses, String[] names) {
            List<Symbol> all = new ArrayList<>(names.length);
            for (int i = 0; i < names.length; i++) {
                all.add(new Symbol(addresses[i], names[i].charAt(0), names[i].substring(1)));
            }
            return all;
        }

        /** The banner that has a name: others are templates. */
        private String properBanner() {
            for (Symbol symbol : symbols) {
                if (symbol.name().equals("linux_banner") && image.holds(symbol.address())) {
                    String line = image.line(image.position(symbol.address()));
                    return line.startsWith(BANNER) ? line : banner;
                }
            }
            return banner;
        }

        /** Whether what is known otherwise has its name: the image's begin, and where system calls go. */
        private boolean anchored() {
            boolean begins = false;
            boolean enters = systemCallEntry == 0 || !image.holds(systemCallEntry);
            boolean entersElsewhere = false;
            for (Symbol symbol : symbols) {
                String name = symbol.name();
                begins |= (name.equals("_stext") || name.equals("_text")) && image.holds(symbol.address());
                if (name.equals(SYSTEM_CALL)) {
                    enters |= symbol.address() == systemCallEntry;
                    entersElsewhere = true;
                }
            }
            return begins && (enters || !entersElsewhere);
        }
    }
}
