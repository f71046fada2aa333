package org.retrovisor.gdbstub.replayed;

import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.Timeline;
import org.retrovisor.replay.WriteSearch;
import org.retrovisor.replay.WriteSearch.Range;
import org.retrovisor.replay.WriteSearch.Write;

/**
 * "monitor last-write": who wrote to memory last before here, and before that. The guest stays where it is, so the user
 * can ask on and on; each answer says how to go there.
 *
 * <p>A virtual address means the memory that is behind it here, and every write to that counts.
 */
final class LastWriteCommand {
    private static final String PHYSICAL = "phys:";
    private static final int DEFAULT_BYTES = 8;
    private static final int MAX_BYTES = 1 << 20;
    private static final int SHOWN_BYTES = 32;

    private final Timeline timeline;
    private final KernelNames names;
    private final WriteSearch search;
    /** What was asked last, and where; null before the first question. */
    private Question last;

    /** Where the user asked, of what, and the moment up to which writes are looked for next. */
    private record Question(String arguments, long asked, List<Range> ranges, long upTo) {
        Question before(long moment) {
            return new Question(arguments, asked, ranges, moment);
        }
    }

    LastWriteCommand(Timeline timeline, KernelNames names) {
        this.timeline = timeline;
        this.names = names;
        this.search = new WriteSearch(timeline);
    }

    List<Command> table() {
        return List.of(new Command("last-write", "ADDRESS | phys:ADDRESS [LENGTH] | again",
                "who wrote this last, and each time it is typed again, before that", this::execute));
    }

    private void execute(String arguments, Consumer<String> output, Interruption interruption) {
        Question question = question(arguments);
        WriteSearch.Answer answer = search.last(question.ranges, question.upTo, interruption::requested);
        if (answer.reason() == Outcome.Reason.INTERRUPTED) {
            output.accept("interrupted; you are back where you were\n");
        } else if (answer.write() == null) {
            last = question;
            output.accept("nobody wrote there before moment %d: it is as the recording began\n"
                    .formatted(question.upTo + 1));
        } else {
            last = question.before(answer.write().moment() - 1);
            show(answer.write(), output);
        }
    }

    private Question question(String arguments) {
        if (arguments.equals("again")) {
            if (last == null) {
                throw new TargetError("nothing was asked before; type  monitor last-write ADDRESS");
            }
            return last;
        }
        boolean same = last != null && last.arguments.equals(arguments) && last.asked == timeline.moment();
        return same ? last : new Question(arguments, timeline.moment(), ranges(arguments), timeline.moment());
    }

    private List<Range> ranges(String arguments) {
        Words words = new Words(arguments);
        String place = words.next("an address");
        int length = words.length(DEFAULT_BYTES, MAX_BYTES);
        words.end();
        if (place.startsWith(PHYSICAL)) {
            long physical = Words.number(place.substring(PHYSICAL.length()));
            Words.requirePhysical(timeline.view().physicalMap(), physical, length);
            return List.of(new Range(physical, length));
        }
        long address = names.address(place);
        List<Range> ranges = search.behind(timeline.view().current(), address, length);
        if (ranges.isEmpty()) {
            throw new TargetError("not all of 0x%x to 0x%x is mapped here; go where it is, or try phys:ADDRESS"
                    .formatted(address, address + length - 1));
        }
        return ranges;
    }

    // ---------------------------------------------------------------- the answer

    private void show(Write write, Consumer<String> output) {
        output.accept("moment %d, %d before here, processor %d\n".formatted(
                write.moment(), timeline.moment() - write.moment(), write.processor()));
        output.accept(culprit(write) + names.show(write.programCounter()) + "\n");
        output.accept(value(write.before()) + " -> " + value(write.after()) + "\n");
        output.accept("to stand before it:  monitor seek %d\n".formatted(write.moment() - 1));
    }

    private static String culprit(Write write) {
        return switch (write.cause()) {
            case INSTRUCTION -> "by ";
            case EXCEPTION -> "by the delivery of an exception at ";
            case INTERRUPT -> "by the delivery of an interrupt behind ";
            case DEVICE -> "by a device, the processor having executed ";
        };
    }

    /** As a number where the length is that of one, else the first bytes. */
    private static String value(byte[] bytes) {
        return switch (bytes.length) {
            case 0 -> "(a device's register)";
            case 1, 2, 4, 8 -> "0x" + HexFormat.of().formatHex(reversed(bytes));
            default -> HexFormat.ofDelimiter(" ").formatHex(bytes, 0, Math.min(SHOWN_BYTES, bytes.length))
                    + (bytes.length > SHOWN_BYTES ? " ..." : "");
        };
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return reversed;
    }
}
