package org.retrovisor.monitor.oracle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The case that the host is about to run, in a file that outlives the JVM when the case ends it.
 *
 * <pre>
 * 0 length of the instructions, 0 while no case runs  |  1 its bytes, up to 123  |  124 number of the case within its row
 * </pre>
 */
public final class CaseJournal {
    private static final int BYTES = 128;
    private static final int NUMBER = 124;

    private final MappedByteBuffer buffer;

    /** A journal in a file that is made or emptied. */
    public CaseJournal(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            buffer = channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES);
            end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void begin(byte[] instructions, int number) {
        buffer.put(1, instructions).putInt(NUMBER, number).put(0, (byte) instructions.length);
    }

    void end() {
        buffer.put(0, (byte) 0);
    }

    /** The case that was under way when whoever wrote the file ended; empty for none. */
    public static Optional<String> underWay(Path file) throws IOException {
        byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        if (bytes.length < BYTES || bytes[0] == 0) {
            return Optional.empty();
        }
        String instruction = HexFormat.ofDelimiter(" ").formatHex(Arrays.copyOfRange(bytes, 1, 1 + bytes[0]));
        int number = ByteBuffer.wrap(bytes).getInt(NUMBER);
        return Optional.of("case %d, instruction %s".formatted(number, instruction));
    }
}
