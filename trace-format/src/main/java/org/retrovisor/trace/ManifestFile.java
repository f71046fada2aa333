package org.retrovisor.trace;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.retrovisor.trace.proto.Manifest;

/**
 * The manifest as a file. Little-endian.
 *
 * <pre>
 *    0  8 bytes  "RVTRACE1"
 *    8  u32      length n of the message, up to 1 MiB
 *   12  u32      CRC-32C of the message
 *   16  n bytes  message Manifest; the file ends here
 * </pre>
 */
final class ManifestFile {

    private static final byte[] MAGIC = "RVTRACE1".getBytes(StandardCharsets.US_ASCII);
    private static final int PREFIX_BYTES = 16;
    private static final int MAX_BYTES = 1 << 20;

    private ManifestFile() {}

    /** Validates and writes; at any instant the file is either the old or the new one. */
    static void write(Path path, Manifest manifest) {
        ManifestValidator.validate(manifest);
        byte[] message = manifest.toByteArray();
        ByteBuffer bytes = ByteBuffer.wrap(new byte[PREFIX_BYTES + message.length]).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC).putInt(message.length).putInt(BatchLayout.checksum(message, 0, message.length)).put(message);
        Path part = path.resolveSibling(path.getFileName() + ".part");
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            bytes.flip();
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(true);
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot write " + path, e);
        }
    }

    /** Reads and validates. */
    static Manifest read(Path path) {
        try {
            long size = Files.size(path);
            if (size < PREFIX_BYTES || size > PREFIX_BYTES + MAX_BYTES) {
                throw corrupt("it has an impossible length");
            }
            return parse(Files.readAllBytes(path));
        } catch (NoSuchFileException e) {
            throw new TraceException(TraceException.Reason.NOT_A_TRACE,
                    path.getParent() + " is not a trace: it holds no manifest", e);
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot read " + path, e);
        }
    }

    private static Manifest parse(byte[] bytes) {
        ByteBuffer prefix = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (!Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw corrupt("it does not start like one");
        }
        int length = prefix.getInt(8);
        if (length != bytes.length - PREFIX_BYTES
                || BatchLayout.checksum(bytes, PREFIX_BYTES, length) != prefix.getInt(12)) {
            throw corrupt("it does not match its checksum");
        }
        try {
            Manifest manifest = Manifest.parseFrom(prefix.position(PREFIX_BYTES));
            ManifestValidator.validate(manifest);
            return manifest;
        } catch (InvalidProtocolBufferException e) {
            throw new TraceException(TraceException.Reason.CORRUPT,
                    "the manifest of the trace is corrupt: it does not parse", e);
        }
    }

    private static TraceException corrupt(String why) {
        return TraceException.corrupt("the manifest of the trace is corrupt: %s; take another copy of the trace", why);
    }
}
