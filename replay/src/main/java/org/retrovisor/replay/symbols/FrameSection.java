package org.retrovisor.replay.symbols;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Translates the kernel's unwind tables to a section {@code .debug_frame}, an FDE for each function.
 *
 * <p>Functions that run on registers saved by an interrupt or exception belong to a CIE that says so ("S"): a debugger
 * then takes the interrupted address as it is, where it would look before the return address of a call, and does not
 * mind that the stack may be another one. System calls' entries save all registers too, but are called by an instruction
 * like a function is.
 */
final class FrameSection {
    private static final int CIE_ID = -1;
    private static final int VERSION = 3;
    private static final int NOP = 0;
    private static final int ADDRESS_BYTES = 8;
    /** How the names begin of entries that nothing was interrupted for. */
    private static final List<String> CALLED_ENTRIES = List.of("entry_SYSCALL", "entry_SYSENTER", "ret_from_fork");
    private static final FrameRule ENTRY = FrameRule.atEntry();
    /** Where system calls go. It ends where the kernel has taken its stack: there, names begin anew. */
    private static final String SYSTEM_CALL = "entry_SYSCALL_64";
    private static final FrameRule AT_SYSTEM_CALL = FrameRule.atSystemCall();
    private static final int LONGEST_LEFT_OUT = 1 << 14;

    private final OrcTable table;
    private final boolean swappedIndirect;
    private final ByteSink out;
    private final int callCie;
    private final int interruptionCie;
    private final Set<Long> calledEntries;
    private final long systemCall;
    private final KernelImage image;
    private final Map<Long, FrameRule> rules = new HashMap<>();
    private final Map<StackDepths.Depth, FrameRule> depthRules = new HashMap<>();
    private final ByteSink body = new ByteSink(1 << 12);
    private int count;

    /** From where on a rule holds. */
    private record Place(long address, FrameRule rule) {}

    private FrameSection(OrcTable table, KernelSymbols symbols) {
        this.table = table;
        this.image = symbols.image();
        this.swappedIndirect = isBefore(symbols.banner(), 5, 12);
        this.calledEntries = symbols.symbols()
                .stream()
                .filter(symbol -> CALLED_ENTRIES.stream().anyMatch(symbol.name()::startsWith))
                .map(Symbol::address)
                .collect(Collectors.toSet());
        this.systemCall = symbols.address(SYSTEM_CALL).orElse(-1);
        this.out = new ByteSink(16 * table.count);
        this.callCie = cie("", -8);
        this.interruptionCie = cie("S", 8);
    }

    /** The section of a kernel, and how many functions it describes. */
    static FrameSection of(OrcTable table, KernelSymbols symbols) {
        FrameSection section = new FrameSection(table, symbols);
        section.functions(starts(symbols));
        return section;
    }

    ByteSink bytes() {
        return out;
    }

    int count() {
        return count;
    }

    private static boolean isBefore(String banner, int major, int minor) {
        String[] parts = banner.replaceFirst("\\D*", "").split("\\D", 3);
        if (parts.length < 2 || !parts[0].matches("\\d{1,3}") || !parts[1].matches("\\d{1,3}")) {
            return false;
        }
        int itsMajor = Integer.parseInt(parts[0]);
        return itsMajor < major || itsMajor == major && Integer.parseInt(parts[1]) < minor;
    }

    /** Where functions begin, each address once, in order. */
    private static long[] starts(KernelSymbols symbols) {
        return symbols.symbols()
                .stream()
                .filter(symbol -> symbol.isCode() && symbols.image().holds(symbol.address()))
                .mapToLong(Symbol::address)
                .distinct()
                .toArray();
    }

    private int cie(String augmentation, int unit) {
        int at = out.size();
        out.u32(0).u32(CIE_ID).u8(VERSION).string(augmentation);
        out.uleb(1).sleb(unit).uleb(FrameRule.RIP);
        new FrameInstructions(out, unit).change(null, ENTRY);
        finish(at);
        return at;
    }

    private void finish(int at) {
        out.align(ADDRESS_BYTES, NOP);
        out.patch32(at, out.size() - at - 4);
    }

    /** Cuts the table at the beginnings of functions: what holds at one's end holds on at the next one's beginning. */
    private void functions(long[] starts) {
        int entry = 0;
        for (int i = 0; i + 1 < starts.length; i++) {
            while (entry + 1 < table.count && table.address(entry + 1) <= starts[i]) {
                entry++;
            }
            if (table.address(entry) <= starts[i]) {
                function(starts[i], starts[i + 1], entry);
            }
        }
    }

    private void function(long start, long end, int first) {
        boolean leftOut = start != systemCall && isLeftOut(end, first);
        List<Place> inside = leftOut ? found(start, end) : told(start, end, first);
        boolean interruption = inside.stream().anyMatch(place -> place.rule.isInterruption())
                && !calledEntries.contains(start);
        body.clear();
        FrameInstructions instructions = new FrameInstructions(body, interruption ? 8 : -8);
        FrameRule before = ENTRY;
        long at = start;
        for (Place place : inside) {
            if (before != place.rule) {
                if (place.address > at) {
                    instructions.advance(place.address - at);
                    at = place.address;
                }
                instructions.change(before, place.rule);
                before = place.rule;
            }
        }
        fde(interruption ? interruptionCie : callCie, start, end);
    }

    /** Whether the table knows nothing of any of a function's code. */
    private boolean isLeftOut(long end, int first) {
        boolean alone = first + 1 == table.count || table.address(first + 1) >= end;
        return alone && table.layout.frame(table.flags(first)) == OrcLayout.Frame.UNKNOWN;
    }

    private List<Place> told(long start, long end, int first) {
        List<Place> inside = new ArrayList<>();
        for (int i = first; i < table.count && (i == first || table.address(i) < end); i++) {
            FrameRule rule = start == systemCall ? AT_SYSTEM_CALL : rule(i);
            inside.add(new Place(Math.max(start, table.address(i)), rule));
        }
        return inside;
    }

    private List<Place> found(long start, long end) {
        List<Place> inside = new ArrayList<>();
        int from = image.position(start);
        int bytes = (int) Math.min(Math.min(end, image.end()) - start, LONGEST_LEFT_OUT);
        StackDepths.of(Arrays.copyOfRange(image.bytes(), from, from + bytes)).forEach((at, depth) -> inside.add(
                new Place(start + at, depthRules.computeIfAbsent(depth, FrameRule::at))));
        return inside;
    }

    /** The rule of an entry. There are hundreds of thousands of entries, and a few thousand different ones. */
    private FrameRule rule(int i) {
        return rules.computeIfAbsent(table.bits(i), bits -> FrameRule.of(table, i, swappedIndirect));
    }

    private void fde(int cie, long start, long end) {
        int at = out.size();
        out.u32(0).u32(cie).u64(start).u64(end - start).append(body);
        finish(at);
        count++;
    }
}
