package org.retrovisor.gdbstub.replayed;

import java.util.List;
import java.util.function.Consumer;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.replay.Timeline;
import org.retrovisor.replay.inspect.GuestView;
import org.retrovisor.replay.inspect.PageWalk;

/** Commands that look at memory in ways that gdb can't: physically, and through other page tables. */
final class MemoryCommands {
    private static final int DEFAULT_BYTES = 64;
    private static final int MAX_BYTES = 64 << 10;
    private static final int LINE = 16;

    private final GuestView view;
    private final KernelNames names;

    MemoryCommands(Timeline timeline, KernelNames names) {
        this.view = timeline.view();
        this.names = names;
    }

    List<Command> table() {
        return List.of(
                new Command("xp", "ADDRESS [LENGTH]", "memory by physical address", this::physical),
                new Command("x", "[--cr3 VALUE] ADDRESS [LENGTH]", "memory by virtual address, through any page tables",
                        this::virtual),
                new Command("pagewalk", "[--cr3 VALUE] ADDRESS", "how a virtual address is translated now",
                        this::pageWalk));
    }

    // ---------------------------------------------------------------- contents

    private void physical(String arguments, Consumer<String> output, Interruption interruption) {
        Words words = new Words(arguments);
        long address = Words.number(words.next("a physical address"));
        int length = words.length(DEFAULT_BYTES, MAX_BYTES);
        words.end();
        byte[] bytes = view.readPhysical(address, length);
        show(address, bytes, length, "there is no RAM at physical address 0x%x; " + view.physicalMap().ramSentence(),
                output);
    }

    private void virtual(String arguments, Consumer<String> output, Interruption interruption) {
        Words words = new Words(arguments);
        String cr3 = words.option("--cr3");
        long address = names.address(words.next("an address"));
        int length = words.length(DEFAULT_BYTES, MAX_BYTES);
        words.end();
        byte[] bytes = cr3 == null
                ? view.readVirtual(view.current(), address, length)
                : view.readThrough(Words.number(cr3), address, length);
        show(address, bytes, length, "no RAM is mapped at virtual address 0x%x", output);
    }

    private static void show(long address, byte[] bytes, int wanted, String refusal, Consumer<String> output) {
        for (int at = 0; at < bytes.length; at += LINE) {
            output.accept(line(address + at, bytes, at));
        }
        if (bytes.length < wanted) {
            throw new TargetError(refusal.formatted(address + bytes.length));
        }
    }

    private static String line(long address, byte[] bytes, int from) {
        StringBuilder hex = new StringBuilder();
        StringBuilder text = new StringBuilder();
        for (int at = from; at < Math.min(from + LINE, bytes.length); at++) {
            hex.append(" %02x".formatted(bytes[at]));
            text.append(bytes[at] >= ' ' && bytes[at] <= '~' ? (char) bytes[at] : '.');
        }
        return "0x%x:%-48s  %s\n".formatted(address, hex, text);
    }

    // ---------------------------------------------------------------- translation

    private void pageWalk(String arguments, Consumer<String> output, Interruption interruption) {
        Words words = new Words(arguments);
        String cr3 = words.option("--cr3");
        long address = names.address(words.next("an address"));
        words.end();
        PageWalk walk = cr3 == null
                ? view.walk(view.current(), address)
                : view.walkFrom(Words.number(cr3), address);
        for (PageWalk.Entry entry : walk.entries()) {
            output.accept("%-5s at 0x%-12x 0x%016x  %s\n".formatted(
                    entry.name(), entry.address(), entry.value(), entry.flags()));
        }
        output.accept(
                walk.physical() < 0 ? "not mapped\n" : "physical address 0x%x\n".formatted(walk.physical()));
    }
}
