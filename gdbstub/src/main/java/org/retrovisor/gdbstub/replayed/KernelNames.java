package org.retrovisor.gdbstub.replayed;

import java.util.OptionalLong;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.replay.Timeline;
import org.retrovisor.replay.symbols.AddressNames;

/** Addresses as people write and read them: numbers, and names that the guest's kernel knows. */
final class KernelNames {
    private final AddressNames names;

    KernelNames(Timeline timeline) {
        names = new AddressNames(timeline);
    }

    /** An address with its name, if it has one. */
    String show(long address) {
        return "0x" + Long.toHexString(address) + names.name(address).map(name -> " <" + name + ">").orElse("");
    }

    /** A number, or the name of a kernel symbol, with or without "&", on which "+" and a number may follow. */
    long address(String text) {
        int plus = text.indexOf('+');
        String name = (plus < 0 ? text : text.substring(0, plus)).strip();
        name = name.startsWith("&") ? name.substring(1) : name; // as in C; a name means its address anyway
        if (!Character.isJavaIdentifierStart(name.isEmpty() ? '0' : name.charAt(0))) {
            return Words.number(text);
        }
        OptionalLong address = names.address(name);
        if (address.isEmpty()) {
            throw new TargetError("\"" + name + "\" is no number and no name that the guest's kernel is known to have");
        }
        return address.getAsLong() + (plus < 0 ? 0 : Words.number(text.substring(plus + 1)));
    }
}
