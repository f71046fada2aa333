package org.retrovisor.gdbstub.behaviour;

import java.util.Arrays;
import java.util.Optional;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.packet.Hex;

/** Walks through memory in pieces: qSearch:memory and qCRC. Ends with an error where memory ends, or on an interruption. */
final class MemoryScan {
    private static final int PIECE = 64 << 10;
    /** The CRC-32 of GDB's manual, "qCRC": this polynomial, most significant bit first, starting with all ones. */
    private static final int POLYNOMIAL = 0x04c11db7;

    /** Reads at least one byte, or throws {@link TargetError}. */
    interface Reader {
        byte[] read(long address, int length);
    }

    private final Reader reader;
    private final Interruption interruption;

    MemoryScan(Reader reader, Interruption interruption) {
        this.reader = reader;
        this.interruption = interruption;
    }

    /** Where the pattern is first found, wholly inside the range. */
    Optional<Long> find(long address, long length, byte[] pattern) {
        byte[] window = new byte[0];
        long windowAddress = address;
        for (long done = 0; Long.compareUnsigned(done, length) < 0;) {
            byte[] piece = next(address + done, length - done);
            done += piece.length;
            window = join(window, piece);
            int at = indexOf(window, pattern);
            if (at >= 0) {
                return Optional.of(windowAddress + at);
            }
            // The pattern may begin in this piece and end in the next one.
            int keep = Math.min(window.length, pattern.length - 1);
            windowAddress += window.length - keep;
            window = Arrays.copyOfRange(window, window.length - keep, window.length);
        }
        return Optional.empty();
    }

    int crc(long address, long length) {
        int crc = -1;
        for (long done = 0; Long.compareUnsigned(done, length) < 0;) {
            byte[] piece = next(address + done, length - done);
            done += piece.length;
            for (byte b : piece) {
                crc = update(crc, b);
            }
        }
        return crc;
    }

    private static int update(int crc, byte b) {
        int result = crc ^ b << 24;
        for (int bit = 0; bit < 8; bit++) {
            result = result << 1 ^ (result < 0 ? POLYNOMIAL : 0);
        }
        return result;
    }

    private byte[] next(long address, long left) {
        if (interruption.requested()) {
            throw new TargetError("interrupted at 0x" + Hex.of(address));
        }
        byte[] piece = reader.read(address, (int) (Long.compareUnsigned(left, PIECE) < 0 ? left : PIECE));
        if (piece.length == 0) {
            throw new TargetError("no memory at 0x" + Hex.of(address));
        }
        return piece;
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static int indexOf(byte[] window, byte[] pattern) {
        for (int at = 0; at <= window.length - pattern.length; at++) {
            if (Arrays.equals(window, at, at + pattern.length, pattern, 0, pattern.length)) {
                return at;
            }
        }
        return -1;
    }
}
