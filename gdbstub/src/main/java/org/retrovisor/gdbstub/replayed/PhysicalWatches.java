package org.retrovisor.gdbstub.replayed;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.replay.StopPoint.AtAccess;
import org.retrovisor.replay.inspect.PhysicalMap;

/**
 * "monitor watch-physical": stops at accesses to bytes of physical memory, through whatever mapping, also by devices. gdb's own
 * protocol has none.
 */
final class PhysicalWatches {
    private static final int MOST = 100;
    private static final int DEFAULT_BYTES = 8;
    private static final int MAX_BYTES = 1 << 30;

    private final Map<Integer, AtAccess> watches = new TreeMap<>();
    private final PhysicalMap map;
    private int lastNumber;

    PhysicalWatches(PhysicalMap map) {
        this.map = map;
    }

    List<Command> table() {
        return List.of(new Command("watch-physical", "[ADDRESS [LENGTH] [write | read | access] | -d NUMBER]",
                "stop at accesses to physical memory, also by devices", this::execute));
    }

    /** Those that are in force. */
    List<AtAccess> all() {
        return new ArrayList<>(watches.values());
    }

    /** What the user is told when one of them stopped the guest. */
    String sentence(AtAccess watch) {
        int number = watches.entrySet().stream()
                .filter(entry -> entry.getValue().equals(watch))
                .findFirst()
                .orElseThrow()
                .getKey();
        return line(number, watch);
    }

    private static String line(int number, AtAccess watch) {
        return "physical watchpoint %d: %s of %d bytes at 0x%x\n".formatted(
                number, kind(watch), watch.length(), watch.address());
    }

    private static String kind(AtAccess watch) {
        if (watch.reads()) {
            return watch.writes() ? "access" : "read";
        }
        return "write";
    }

    private void execute(String arguments, Consumer<String> output, Interruption interruption) {
        Words words = new Words(arguments);
        String forgotten = words.option("-d");
        if (forgotten != null) {
            words.end();
            forget(forgotten);
        } else if (words.isEmpty()) {
            watches.forEach((number, watch) -> output.accept(line(number, watch)));
            output.accept(watches.isEmpty() ? "no physical memory is watched\n" : "");
        } else {
            add(words, output);
        }
    }

    private void forget(String number) {
        if (watches.keySet().removeIf(known -> number.equals(Integer.toString(known)))) {
            return;
        }
        throw new TargetError("there is no physical watchpoint " + number + "; monitor watch-physical lists them");
    }

    private void add(Words words, Consumer<String> output) {
        long address = Words.number(words.next("a physical address"));
        int length = words.isNumber() ? words.length(DEFAULT_BYTES, MAX_BYTES) : DEFAULT_BYTES;
        String kind = words.isEmpty() ? "write" : words.next("");
        words.end();
        if (!List.of("write", "read", "access").contains(kind)) {
            throw new TargetError("one watches for write, read or access, not for \"" + kind + "\"");
        }
        Words.requirePhysical(map, address, length);
        AtAccess watch = new AtAccess(address, length, !kind.equals("write"), !kind.equals("read"), true);
        if (watches.containsValue(watch) || watches.size() >= MOST) {
            throw new TargetError(watches.size() >= MOST
                    ? "there are " + MOST + " physical watchpoints already; delete some"
                    : "that is watched already");
        }
        watches.put(++lastNumber, watch);
        output.accept(line(lastNumber, watch));
    }
}
