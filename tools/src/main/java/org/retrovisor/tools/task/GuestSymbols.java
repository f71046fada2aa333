package org.retrovisor.tools.task;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.retrovisor.gdbstub.GdbScript;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.replay.Timeline;
import org.retrovisor.replay.symbols.KernelElf;
import org.retrovisor.replay.symbols.KernelSymbols;
import org.retrovisor.replay.symbols.KernelSymbolsException;
import org.retrovisor.replay.symbols.MachineView;
import org.retrovisor.replay.symbols.Vmlinux;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.trace.Digests;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.proto.GuestImage;

/** What gdb is given beside the served trace, for as long as it runs: the guest's symbols where there are some, and scripts. */
public final class GuestSymbols implements AutoCloseable {
    /** As the debug information of the embedded guests names the folder of their sources. */
    private static final String SOURCES = "tools/src/main/guest";

    /** Names the frames of interrupts in backtraces. */
    private static final String FRAMES = "kernel_frames.py";

    /** For what is made here. */
    private final Path folder;

    private Path file;
    /** Call-frame information beside the file's own, or null. */
    private Path callFrames;
    private long offset;

    private GuestSymbols() {
        try {
            folder = Files.createTempDirectory("retrovisor-gdb");
            GdbScript.write(folder);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private static ToolException unwritable(IOException e) {
        return new ToolException(ExitCode.OUTPUT_UNWRITABLE, "cannot write temporary files: " + e.getMessage(), e);
    }

    /**
     * The symbols of a trace that stands at some moment: those of an embedded guest, or what a Linux kernel knows of
     * itself, taken from its memory.
     *
     * @param problem is told why there are none
     */
    public static GuestSymbols of(Trace trace, Timeline timeline, Consumer<String> problem) {
        GuestSymbols symbols = new GuestSymbols();
        try {
            EmbeddedGuest guest = embedded(trace);
            if (guest != null) {
                symbols.file = Files.write(symbols.folder.resolve(guest.fileName()), guest.bytes());
            } else {
                symbols.takeFromMemory(trace, timeline);
            }
        } catch (KernelSymbolsException e) {
            problem.accept(e.getMessage());
        } catch (IOException e) {
            symbols.close();
            throw unwritable(e);
        }
        return symbols;
    }

    private void takeFromMemory(Trace trace, Timeline timeline) throws IOException, KernelSymbolsException {
        Path made = folder.resolve("kernel.elf");
        SymbolCache.ofUser().provide(
                trace.manifest(), timeline.moment(), made,
                file -> KernelElf.write(KernelSymbols.find(new MachineView(timeline.machine().current())), file));
        writeFrames();
        file = made;
    }

    private void writeFrames() throws IOException {
        Files.writeString(folder.resolve(FRAMES), KernelElf.gdbScript());
    }

    /**
     * The symbols of an ELF file that the user has, moved to where KASLR has put the guest's kernel.
     *
     * @throws ToolException when it isn't one, or another kernel's
     */
    public static GuestSymbols given(Path elf, Processor processor) {
        GuestSymbols symbols = new GuestSymbols();
        try {
            symbols.offset = Vmlinux.kaslrOffset(elf, new MachineView(processor));
            symbols.file = elf.toAbsolutePath();
            symbols.writeFrames();
            symbols.takeCallFrames(processor);
            return symbols;
        } catch (KernelSymbolsException | IOException e) {
            symbols.close();
            throw refusal(elf, e);
        }
    }

    /** A kernel that is not Linux, or has no unwind tables, has only those of the file. */
    private void takeCallFrames(Processor processor) throws IOException {
        try {
            Path made = folder.resolve("call-frames.elf");
            if (KernelElf.writeFrames(KernelSymbols.find(new MachineView(processor)), made)) {
                callFrames = made;
            }
        } catch (KernelSymbolsException _) {
            // the file that was given is of use without
        }
    }

    /** Looks at a file before the long way to the moment at which {@link #given} can compare it with the guest. */
    public static void check(Path elf) {
        if (!Files.isReadable(elf) || Files.isDirectory(elf)) {
            throw new ToolException(ExitCode.MISSING_FILE,
                    "%s %s; name the kernel's ELF file with --symbols".formatted(elf,
                            Files.exists(elf) ? "cannot be read as a file" : "does not exist"));
        }
        try {
            Vmlinux.check(elf);
        } catch (KernelSymbolsException | IOException e) {
            throw refusal(elf, e);
        }
    }

    private static ToolException refusal(Path elf, Exception e) {
        String what = e instanceof IOException ? "cannot read " + elf + ": " + e.getMessage() : e.getMessage();
        return new ToolException(ExitCode.BAD_SYMBOLS, what + "; leave out --symbols to take a Linux kernel's own", e);
    }

    /** The embedded guest that a trace was recorded from; null when it was another one. */
    static EmbeddedGuest embedded(Trace trace) {
        for (EmbeddedGuest guest : EmbeddedGuest.values()) {
            byte[] bytes = guest.bytes();
            if (trace.manifest().getImagesList().stream().anyMatch(image -> is(image, bytes))) {
                return guest;
            }
        }
        return null;
    }

    private static boolean is(GuestImage image, byte[] bytes) {
        return image.getSizeBytes() == bytes.length
                && image.getSha256().equals(ByteString.copyFrom(Digests.sha256(bytes)));
    }

    /** The ELF file; null when there are no symbols. */
    public Path file() {
        return file;
    }

    /** What is to be added to the addresses in the file. */
    public long offset() {
        return offset;
    }

    /** The commands that make gdb load the symbols, to be given before it connects; it must know the architecture then. */
    public List<String> loadingCommands() {
        if (file == null) {
            return List.of("set architecture i386:x86-64");
        }
        return Stream.concat(symbolCommands().stream(), callFrameCommands().stream()).toList();
    }

    /** From Python, for there gdb does not ask whether it should. */
    private List<String> callFrameCommands() {
        return callFrames == null
                ? List.of()
                : List.of("python gdb.execute('add-symbol-file %s', to_string=True)".formatted(quoted(callFrames)));
    }

    private List<String> symbolCommands() {
        if (offset == 0) {
            return List.of("file " + quoted(file));
        }
        // As an executable, gdb would read code from it at the addresses before the move.
        String distance = (offset < 0 ? "-0x" : "0x") + Long.toHexString(Math.abs(offset));
        return List.of("set architecture i386:x86-64", "symbol-file -o %s %s".formatted(distance, quoted(file)));
    }

    private static String quoted(Path path) {
        return "\"" + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    /** Scripts that gdb is to source. */
    public List<Path> scripts() {
        return Stream.of(FRAMES, GdbScript.NAME).map(folder::resolve).filter(Files::exists).toList();
    }

    /** Further arguments for gdb: scripts, and where the sources are. */
    public List<String> gdbArguments() {
        List<String> arguments = new ArrayList<>();
        for (Path script : scripts()) {
            arguments.addAll(List.of("-ex", "source " + script));
        }
        String home = System.getProperty("retrovisor.home");
        if (file != null && home != null) {
            arguments.addAll(List.of("-iex", "set substitute-path %s %s".formatted(SOURCES, Path.of(home, SOURCES))));
        }
        return arguments;
    }

    @Override
    public void close() {
        try {
            Folders.delete(folder);
        } catch (IOException _) {
            // A file that stays in the folder for temporary files harms nobody.
        }
    }
}
