package org.retrovisor.tools.task;

import com.google.protobuf.ByteString;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.retrovisor.monitor.boot.BootException;
import org.retrovisor.monitor.boot.BootImage;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.live.GuestSettings;
import org.retrovisor.trace.Digests;
import org.retrovisor.trace.proto.GuestImage;

/**
 * A guest that is ready to be started: its settings, and what its trace tells people about its images.
 *
 * @param images name, size and digest of each image; the digests take a while, and only a recording needs them
 */
public record GuestSource(GuestSettings settings, Supplier<List<GuestImage>> images) {
    private static final int PIECE = 64 << 10;

    /** What was asked for on the command line; {@code initrd} may be null. */
    public record Request(Path kernel, Path initrd, String commandLine, GuestOptions options) {}

    /**
     * Reads the files and looks whether the kernel is one.
     *
     * @throws ToolException when a file cannot be read, or the kernel is not one
     */
    public static GuestSource read(Request request) {
        byte[] kernel = bytes(request.kernel(), "--kernel");
        byte[] initrd = request.initrd() == null ? new byte[0] : bytes(request.initrd(), "--initrd");
        checkKernel(request.kernel(), kernel);
        return new GuestSource(request.options().settings(kernel, initrd, request.commandLine()),
                () -> images(request, kernel, initrd));
    }

    private static List<GuestImage> images(Request request, byte[] kernel, byte[] initrd) {
        GuestImage first = image("kernel", request.kernel(), kernel);
        return request.initrd() == null
                ? List.of(first)
                : List.of(first, image("initrd", request.initrd(), initrd));
    }

    /** A guest whose kernel is in memory; {@code name} is what a trace calls it. */
    public static GuestSource embedded(String name, byte[] kernel, GuestOptions options) {
        return new GuestSource(options.settings(kernel, new byte[0], ""),
                () -> List.of(image("kernel", Path.of(name), kernel)));
    }

    private static byte[] bytes(Path file, String option) {
        try {
            if (Files.isDirectory(file)) {
                throw new ToolException(ExitCode.MISSING_FILE, file + " is a directory; " + option + " takes a file");
            }
            return read(file);
        } catch (NoSuchFileException e) {
            throw new ToolException(ExitCode.MISSING_FILE, file + " does not exist; check what " + option + " names",
                    e);
        } catch (IOException | ArithmeticException | OutOfMemoryError e) {
            throw new ToolException(ExitCode.MISSING_FILE,
                    "cannot read " + file + "; check that " + option + " names a readable file below 2 GiB", e);
        }
    }

    /** Piece by piece: Java has a copy off the heap of what is read at once, and to find memory for that takes longer than to read it. */
    private static byte[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = new byte[Math.toIntExact(Files.size(file))];
            int read = 0;
            for (int count = 0; count >= 0 && read < bytes.length; read += Math.max(count, 0)) {
                count = in.read(bytes, read, Math.min(PIECE, bytes.length - read));
            }
            byte[] rest = new BufferedInputStream(in, PIECE).readAllBytes(); // of a pipe, which tells no size
            return rest.length == 0 && read == bytes.length ? bytes : joined(bytes, read, rest);
        }
    }

    private static byte[] joined(byte[] first, int count, byte[] rest) {
        byte[] all = Arrays.copyOf(first, Math.addExact(count, rest.length));
        System.arraycopy(rest, 0, all, count, rest.length);
        return all;
    }

    private static void checkKernel(Path file, byte[] kernel) {
        try {
            BootImage.detect(kernel);
        } catch (BootException e) {
            throw new ToolException(ExitCode.BAD_GUEST, file + " is " + e.getMessage(), e);
        }
    }

    private static GuestImage image(String role, Path file, byte[] contents) {
        return GuestImage.newBuilder()
                .setRole(role)
                .setFileName(file.getFileName().toString())
                .setSizeBytes(contents.length)
                .setSha256(ByteString.copyFrom(Digests.sha256(contents)))
                .build();
    }
}
