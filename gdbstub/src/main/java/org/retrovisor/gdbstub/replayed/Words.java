package org.retrovisor.gdbstub.replayed;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.replay.inspect.PhysicalMap;

/** Reads the arguments of a command, word by word. */
final class Words {
    private final List<String> left;

    Words(String arguments) {
        left = new ArrayList<>(arguments.isBlank() ? List.of() : List.of(arguments.strip().split("\\s+")));
    }

    boolean isEmpty() {
        return left.isEmpty();
    }

    /** Whether a number comes next. */
    boolean isNumber() {
        return !left.isEmpty() && Character.isDigit(left.getFirst().charAt(0));
    }

    /** The next word; a sentence that names what is missing when there is none. */
    String next(String what) {
        if (left.isEmpty()) {
            throw new WrongUsage(what + " is missing");
        }
        return left.removeFirst();
    }

    /** Takes away an option and the word behind it, wherever they stand; null when the option is not there. */
    String option(String name) {
        int at = left.indexOf(name);
        if (at < 0) {
            return null;
        }
        left.remove(at);
        if (at == left.size()) {
            throw new WrongUsage("a value is missing behind " + name);
        }
        return left.remove(at);
    }

    /** To be called when all has been read. */
    void end() {
        if (!left.isEmpty()) {
            throw new WrongUsage("\"" + String.join(" ", left) + "\" was not expected");
        }
    }

    /** The next word as a length in bytes, or {@code otherwise} when there is none. */
    int length(int otherwise, int most) {
        long length = isEmpty() ? otherwise : number(left.removeFirst());
        if (length < 1 || length > most) {
            throw new TargetError("a length lies between 1 and " + most + " bytes");
        }
        return (int) length;
    }

    /** Refuses addresses behind which nothing can be, for nothing will ever happen there. */
    static void requirePhysical(PhysicalMap map, long address, int length) {
        if (!map.reaches(address, length)) {
            throw new TargetError("0x%x to 0x%x is not all RAM or devices; %s"
                    .formatted(address, address + length - 1, map.ramSentence()));
        }
    }

    /** A number, decimal or with 0x hexadecimal, of up to 64 bits. */
    static long number(String text) {
        String digits = text.strip().toLowerCase(Locale.ROOT);
        try {
            long value = digits.startsWith("0x")
                    ? Long.parseUnsignedLong(digits.substring(2), 16)
                    : Long.parseLong(digits);
            if (value >= 0 || digits.startsWith("0x")) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new WrongUsage("a number was expected, not \"" + text + "\"");
    }
}
