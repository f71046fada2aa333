package org.retrovisor.monitor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.ProcessorState;

/**
 * A SHA-256 over all that the guest is: the moment, every processor's registers, and every page of RAM that is not zero.
 *
 * <p>Equal states give equal digests, whatever engine or host got there. A page is there by two check sums, which Java computes with the
 * processor's own instructions from the first call on: a recording must not wait for its end. Of pages that differ by accident one
 * in 2^64 has the same. Costs an eighth to a quarter of a second per GiB of RAM in use.
 */
public final class MachineDigest {
    private static final int SUM_BYTES = 2 * Long.BYTES;
    /** Pages in a row are read at once, up to so many: one by one they take half as long to read as their sums, while Java has compiled little of it. */
    private static final int MOST_AT_ONCE = 16;

    private MachineDigest() {}

    /**
     * The digest of a machine as it stands; 32 bytes. Over the moment, the processors, and for each page of RAM that is not zero its
     * number, its CRC-32 and its CRC-32C.
     */
    public static byte[] of(Machine machine) {
        GuestMemory memory = machine.memory();
        int[] frames = memory.touchedFrames();
        int half = frames.length / 2;
        // On two threads: whoever records or replays waits for it, and the second processor has nothing else to do by then.
        CompletableFuture<ByteBuffer> upper = CompletableFuture.supplyAsync(
                () -> sums(memory, frames, half, frames.length));
        MessageDigest all = withoutMemory(machine);
        try {
            all.update(sums(memory, frames, 0, half));
        } finally {
            upper.join(); // or it would read RAM that may be gone
        }
        all.update(upper.join());
        return all.digest();
    }

    /** What the digest is over of some frames of a list. */
    private static ByteBuffer sums(GuestMemory memory, int[] frames, int from, int to) {
        PageSums sums = new PageSums();
        byte[] pages = new byte[MOST_AT_ONCE * GuestMemory.PAGE];
        long ofZeros = sums.of(pages, 0);
        ByteBuffer some = littleEndian((to - from) * SUM_BYTES);
        int next = from;
        while (next < to) {
            int count = inRow(frames, next, Math.min(to - next, MOST_AT_ONCE));
            HostMemory.read(memory.hostOf(frames[next]), pages, 0, count * GuestMemory.PAGE);
            for (int i = 0; i < count; i++) {
                long sum = sums.of(pages, i * GuestMemory.PAGE);
                if (sum != ofZeros) {
                    some.putLong(frames[next + i]).putLong(sum);
                }
            }
            next += count;
        }
        return some.flip();
    }

    /** How many frames from a place of a list on follow each other, up to so many. */
    private static int inRow(int[] frames, int from, int most) {
        int count = 1;
        while (count < most && frames[from + count] == frames[from] + count) {
            count++;
        }
        return count;
    }

    /** The digest that traces of format 1 have: over the moment, the processors, and each page of RAM that is not zero behind its number. */
    public static byte[] ofFormatOne(Machine machine) {
        MessageDigest all = withoutMemory(machine);
        byte[] zeros = new byte[GuestMemory.PAGE];
        byte[] page = new byte[GuestMemory.PAGE];
        ByteBuffer number = littleEndian(Long.BYTES);
        for (int frame : machine.memory().touchedFrames()) {
            if (!Arrays.equals(read(machine.memory(), frame, page), zeros)) {
                all.update(number.putLong(0, frame).array());
                all.update(page);
            }
        }
        return all.digest();
    }

    /** CRC-32 of ISO 3309 in the low half, CRC-32C of RFC 3720 in the high one. */
    private static final class PageSums {
        private final CRC32 low = new CRC32();
        private final CRC32C high = new CRC32C();

        /** Of the page at a place of these bytes. */
        long of(byte[] pages, int at) {
            low.reset();
            low.update(pages, at, GuestMemory.PAGE);
            high.reset();
            high.update(pages, at, GuestMemory.PAGE);
            return high.getValue() << Integer.SIZE | low.getValue();
        }
    }

    private static byte[] read(GuestMemory memory, int frame, byte[] page) {
        HostMemory.read(memory.hostOf(frame), page, 0, page.length);
        return page;
    }

    private static MessageDigest withoutMemory(Machine machine) {
        MessageDigest sha = sha256();
        sha.update(littleEndian(Long.BYTES).putLong(machine.moment()).array());
        for (int i = 0; i < machine.processorCount(); i++) {
            sha.update(ProcessorState.save(machine.processor(i)));
        }
        return sha;
    }

    private static ByteBuffer littleEndian(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
