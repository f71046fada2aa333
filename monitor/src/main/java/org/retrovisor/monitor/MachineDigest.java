package org.retrovisor.monitor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.ProcessorState;

/**
 * A SHA-256 over all that the guest is: the moment, every processor's registers, and every page of RAM that is not zero.
 *
 * <p>Equal states give equal digests, whatever engine or host got there. Costs half a second per GiB of RAM in use, divided by the host's
 * processors.
 */
public final class MachineDigest {
    /** Pages of RAM that have a digest of their own, over which the digest of all is made, so that several threads can work. */
    private static final int PIECE = 256;

    private static final byte[] ZERO = new byte[GuestMemory.PAGE];

    private MachineDigest() {}

    /**
     * The digest of a machine as it stands; 32 bytes. Over the moment, the processors, and for each MiB of RAM with pages that are not
     * zero its number and the SHA-256 of these, each behind its number.
     */
    public static byte[] of(Machine machine) {
        MessageDigest all = withoutMemory(machine);
        byte[][] pieces = ofPieces(machine.memory());
        for (int number = 0; number < pieces.length; number++) {
            if (pieces[number] != null) {
                all.update(littleEndian(Long.BYTES).putLong(number).array());
                all.update(pieces[number]);
            }
        }
        return all.digest();
    }

    /** The digest that traces of format 1 have: over the moment, the processors, and each page of RAM that is not zero behind its number. */
    public static byte[] inOnePiece(Machine machine) {
        MessageDigest all = withoutMemory(machine);
        addPages(all, machine.memory(), 0, machine.memory().frameCount());
        return all.digest();
    }

    private static MessageDigest withoutMemory(Machine machine) {
        MessageDigest sha = sha256();
        sha.update(littleEndian(Long.BYTES).putLong(machine.moment()).array());
        for (int i = 0; i < machine.processorCount(); i++) {
            sha.update(ProcessorState.save(machine.processor(i)));
        }
        return sha;
    }

    /** Of each piece, null where all is zero. Whoever is free takes the next one. */
    private static byte[][] ofPieces(GuestMemory memory) {
        byte[][] digests = new byte[(memory.frameCount() + PIECE - 1) / PIECE][];
        AtomicInteger next = new AtomicInteger();
        Runnable work = () -> {
            for (int number = next.getAndIncrement(); number < digests.length; number = next.getAndIncrement()) {
                digests[number] = ofPiece(memory, number * PIECE);
            }
        };
        CompletableFuture<?>[] others = new CompletableFuture<?>[Runtime.getRuntime().availableProcessors() - 1];
        for (int i = 0; i < others.length; i++) {
            others[i] = CompletableFuture.runAsync(work);
        }
        work.run();
        CompletableFuture.allOf(others).join();
        return digests;
    }

    private static byte[] ofPiece(GuestMemory memory, int firstFrame) {
        MessageDigest sha = sha256();
        boolean any = addPages(sha, memory, firstFrame, Math.min(firstFrame + PIECE, memory.frameCount()));
        return any ? sha.digest() : null;
    }

    /** Adds the pages of [first, end) that are not zero, and tells whether there are any. */
    private static boolean addPages(MessageDigest sha, GuestMemory memory, int first, int end) {
        ByteBuffer numberAndPage = littleEndian(Long.BYTES + GuestMemory.PAGE);
        boolean any = false;
        for (int frame = first; frame < end; frame++) {
            if ((memory.flags(frame) & GuestMemory.TOUCHED) != 0) {
                byte[] bytes = numberAndPage.putLong(0, frame).array();
                HostMemory.read(memory.hostOf(frame), bytes, Long.BYTES, GuestMemory.PAGE);
                if (!Arrays.equals(bytes, Long.BYTES, bytes.length, ZERO, 0, ZERO.length)) {
                    sha.update(bytes);
                    any = true;
                }
            }
        }
        return any;
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
