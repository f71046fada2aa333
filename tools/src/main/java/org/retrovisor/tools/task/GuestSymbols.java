package org.retrovisor.tools.task;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.replay.symbols.KernelElf;
import org.retrovisor.replay.symbols.KernelSymbols;
import org.retrovisor.replay.symbols.KernelSymbolsException;
import org.retrovisor.replay.symbols.MachineView;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.trace.Trace;

/** A file with the guest's symbols, for gdb, as long as it is needed; nothing when there are none. */
public final class GuestSymbols implements AutoCloseable {
    /** As the debug information of the embedded guests names the folder of their sources. */
    private static final String SOURCES = "tools/src/main/guest";

    /** Names the frames of interrupts in backtraces. */
    private static final String FRAMES = "kernel_frames.py";

    private final Path folder;
    private final Path file;

    private GuestSymbols(Path folder, Path file) {
        this.folder = folder;
        this.file = file;
    }

    /** The symbols of a trace: its kernel's own if that is one of the embedded guests. */
    public static GuestSymbols of(Trace trace) {
        EmbeddedGuest guest = embedded(trace);
        if (guest == null) {
            return new GuestSymbols(null, null);
        }
        try {
            Path folder = Files.createTempDirectory("retrovisor-symbols");
            return new GuestSymbols(folder, Files.write(folder.resolve(guest.fileName()), guest.bytes()));
        } catch (IOException e) {
            throw new ToolException(ExitCode.OUTPUT_UNWRITABLE, "cannot write temporary files: " + e.getMessage(), e);
        }
    }

    /**
     * The symbols of a trace that stands at some moment: those of an embedded guest, or what a Linux kernel knows of
     * itself, taken from its memory.
     *
     * @param problem is told why there are none
     */
    public static GuestSymbols of(Trace trace, Processor processor, Consumer<String> problem) {
        if (embedded(trace) != null) {
            return of(trace);
        }
        try {
            KernelSymbols kernel = KernelSymbols.find(new MachineView(processor));
            Path folder = Files.createTempDirectory("retrovisor-symbols");
            Path file = folder.resolve("kernel.elf");
            KernelElf.write(kernel, file);
            Files.writeString(folder.resolve(FRAMES), KernelElf.gdbScript());
            return new GuestSymbols(folder, file);
        } catch (KernelSymbolsException e) {
            problem.accept(e.getMessage());
            return new GuestSymbols(null, null);
        } catch (IOException e) {
            throw new ToolException(ExitCode.OUTPUT_UNWRITABLE, "cannot write temporary files: " + e.getMessage(), e);
        }
    }

    /** The embedded guest that a trace was recorded from; null when it was another one. */
    static EmbeddedGuest embedded(Trace trace) {
        for (EmbeddedGuest guest : EmbeddedGuest.values()) {
            ByteString digest = ByteString.copyFrom(sha256(guest.bytes()));
            if (trace.manifest().getImagesList().stream().anyMatch(image -> image.getSha256().equals(digest))) {
                return guest;
            }
        }
        return null;
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The file; null when there are no symbols. */
    public Path file() {
        return file;
    }

    /** What gdb needs to know to find the sources. */
    public List<String> gdbArguments() {
        List<String> arguments = new ArrayList<>();
        if (file != null && Files.exists(folder.resolve(FRAMES))) {
            arguments.addAll(List.of("-ex", "source " + folder.resolve(FRAMES)));
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
            if (folder != null) {
                Folders.delete(folder);
            }
        } catch (IOException _) {
            // A file that stays in the folder for temporary files harms nobody.
        }
    }
}
