package org.retrovisor.replay.inspect;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.retrovisor.monitor.memory.GuestMemory;

/** What lies where in a guest's physical memory. */
public final class PhysicalMap {
    private static final List<Range> DEVICES = List.of(
            new Range(GuestMemory.VIDEO, GuestMemory.VIDEO_END),
            new Range(GuestMemory.LOW_LIMIT, GuestMemory.HIGH_BASE));

    private final List<Range> ram;

    /** A part that is all of a kind; empty when both are equal. */
    private record Range(long from, long to) {
        private boolean overlaps(long first, long last) {
            return first < to && last >= from;
        }

        private long bytes() {
            return Math.max(0, to - from);
        }

        /** The bytes between two addresses that lie in here. */
        private long bytes(long first, long last) {
            return overlaps(first, last) ? new Range(Math.max(from, first), Math.min(to, last + 1)).bytes() : 0;
        }
    }

    PhysicalMap(GuestMemory memory) {
        ram = Stream.of(
                new Range(0, Math.min(memory.lowSize(), GuestMemory.VIDEO)),
                new Range(GuestMemory.VIDEO_END, memory.lowSize()),
                new Range(GuestMemory.HIGH_BASE, GuestMemory.HIGH_BASE + memory.size() - memory.lowSize()))
                .filter(range -> range.bytes() > 0)
                .toList();
    }

    /** Whether RAM, or where devices are, is behind each of some bytes. */
    public boolean reaches(long first, long length) {
        long last = first + length - 1;
        return first >= 0 && last >= first && Stream.concat(ram.stream(), DEVICES.stream())
                .mapToLong(range -> range.bytes(first, last))
                .sum() == length;
    }

    /** Where RAM is: "RAM is 0x0 to 0x9ffff and 0xc0000 to 0x1fffffff". */
    public String ramSentence() {
        return ram.stream()
                .map(range -> "0x%x to 0x%x".formatted(range.from, range.to - 1))
                .collect(Collectors.joining(" and ", "RAM is ", ""));
    }
}
