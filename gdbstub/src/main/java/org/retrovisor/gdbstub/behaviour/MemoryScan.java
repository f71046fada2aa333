package org.retrovisor.gdbstub.behaviour;

import java.util.Arrays;
import java.util.Optional;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.packet.Hex;

/**
 * Walks through memory in pieces: qSearch:memory and qCRC. A search leaves out what is not mapped, for gdb (13, for one) would take an error
 * for a pattern that was not found; a checksum ends there with an error. Both end on an interruption.
 */
final class MemoryScan {
    private static final byte[] NOTHING = {};
    private static final int PIECE = 64 << 10;
    private static final int PAGE = 4096;
    /** Pages that a search leaves out at most. gdb tells nobody of Ctrl-C while it waits for the answer. */
    private static final int MOST_HOLES = 1 << 20;
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

    /** Where the pattern is first found, wholly inside the range; an error when nothing of that is mapped. */
    Optional<Long> find(long address, long length, byte[] pattern) {
        byte[] window = NOTHING;
        long windowAddress = address;
        boolean anything = false;
        int holes = 0;
        for (long done = 0; Long.compareUnsigned(done, length) < 0;) {
            byte[] piece = mapped(address + done, length - done, holes);
            if (piece.length == 0) {
                holes++;
                done += PAGE - (address + done & PAGE - 1);
                window = NOTHING;
                windowAddress = address + done;
                continue;
            }
            anything = true;
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
        if (!anything) {
            throw new TargetError("no memory at 0x" + Hex.of(address));
        }
        return Optional.empty();
    }

    /** What is next; nothing where nothing is mapped. */
    private byte[] mapped(long address, long left, int holes) {
        try {
            return next(address, left);
        } catch (TargetError e) {
            if (interruption.requested() || holes == MOST_HOLES) {
                throw e;
            }
            return NOTHING;
        }
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
            if (window[at] == pattern[0]
                    && Arrays.equals(window, at, at + pattern.length, pattern, 0, pattern.length)) {
                return at;
            }
        }
        return -1;
    }
}
