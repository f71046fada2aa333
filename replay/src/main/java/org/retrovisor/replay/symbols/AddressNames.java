package org.retrovisor.replay.symbols;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.retrovisor.replay.Timeline;

/**
 * Names of kernel addresses on a timeline, looked for in the guest's memory when the first is wanted: see
 * {@link KernelSymbols}. Where a guest has none, nothing has a name.
 */
public final class AddressNames {
    /** What is farther behind a symbol than this is something else. */
    private static final long LONGEST = 1 << 20;

    private final Timeline timeline;
    private KernelSymbols kernel;
    private List<Symbol> sorted = List.of();
    /** The moment at which none were found: looking again would find none again. */
    private long foundNoneAt = -1;

    /** Names on a timeline. */
    public AddressNames(Timeline timeline) {
        this.timeline = timeline;
    }

    /** The name of an address, as "panic+0x1f". */
    public Optional<String> name(long address) {
        if (address >= 0 || !found()) {
            return Optional.empty();
        }
        int low = 0;
        int high = sorted.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(sorted.get(middle).address(), address) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? Optional.empty() : name(sorted.get(low - 1), address);
    }

    private static Optional<String> name(Symbol symbol, long address) {
        long distance = address - symbol.address();
        return distance > LONGEST
                ? Optional.empty()
                : Optional.of(symbol.name() + (distance == 0 ? "" : "+0x" + Long.toHexString(distance)));
    }

    /** The address of a name. */
    public OptionalLong address(String name) {
        return found() ? kernel.address(name) : OptionalLong.empty();
    }

    private boolean found() {
        if (kernel == null && timeline.moment() != foundNoneAt) {
            try {
                kernel = KernelSymbols.find(new MachineView(timeline.machine().current()));
                sorted = kernel.symbols().stream()
                        .sorted(Comparator.comparing(Symbol::address, Long::compareUnsigned))
                        .toList();
            } catch (KernelSymbolsException e) {
                foundNoneAt = timeline.moment();
            }
        }
        return kernel != null;
    }
}
