package org.retrovisor.monitor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
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
 * in 2^64 has the same. Costs a quarter of a second per GiB of RAM in use.
 */
public final class MachineDigest {
    private static final int SUMS = 1 << 10;
    private static final int SUM_BYTES = 2 * Long.BYTES;

    private MachineDigest() {}

    /**
     * The digest of a machine as it stands; 32 bytes. Over the moment, the processors, and for each page of RAM that is not zero its
     * number, its CRC-32 and its CRC-32C.
     */
    public static byte[] of(Machine machine) {
        MessageDigest all = withoutMemory(machine);
        PageSums sums = new PageSums();
        long ofZeros = sums.of(new byte[GuestMemory.PAGE]);
        ByteBuffer some = littleEndian(SUMS * SUM_BYTES);
        forEachPage(machine.memory(), (number, page) -> {
            long sum = sums.of(page);
            if (sum != ofZeros) {
                some.putLong(number).putLong(sum);
            }
            if (!some.hasRemaining()) {
                all.update(some.flip());
                some.clear();
            }
        });
        all.update(some.flip());
        return all.digest();
    }

    /** The digest that traces of format 1 have: over the moment, the processors, and each page of RAM that is not zero behind its number. */
    public static byte[] ofFormatOne(Machine machine) {
        MessageDigest all = withoutMemory(machine);
        byte[] zeros = new byte[GuestMemory.PAGE];
        ByteBuffer ofPage = littleEndian(Long.BYTES);
        forEachPage(machine.memory(), (number, page) -> {
            if (!Arrays.equals(page, zeros)) {
                all.update(ofPage.putLong(0, number).array());
                all.update(page);
            }
        });
        return all.digest();
    }

    /** CRC-32 of ISO 3309 in the low half, CRC-32C of RFC 3720 in the high one. */
    private static final class PageSums {
        private final CRC32 low = new CRC32();
        private final CRC32C high = new CRC32C();

        long of(byte[] page) {
            low.reset();
            low.update(page, 0, page.length);
            high.reset();
            high.update(page, 0, page.length);
            return high.getValue() << Integer.SIZE | low.getValue();
        }
    }

    @FunctionalInterface
    private interface PageVisitor {
        /** The array is used again for the next page. */
        void page(long number, byte[] page);
    }

    /** Shows all pages of RAM that may hold something else than zeros, in order. */
    private static void forEachPage(GuestMemory memory, PageVisitor visitor) {
        byte[] page = new byte[GuestMemory.PAGE];
        for (int frame = 0; frame < memory.frameCount(); frame++) {
            if ((memory.flags(frame) & GuestMemory.TOUCHED) != 0) {
                HostMemory.read(memory.hostOf(frame), page, 0, page.length);
                visitor.page(frame, page);
            }
        }
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
