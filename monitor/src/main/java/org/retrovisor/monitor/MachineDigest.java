package org.retrovisor.monitor;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.ProcessorState;

/**
 * A SHA-256 over all that the guest is: the moment, every processor's registers, and every page of RAM that is not zero.
 *
 * <p>Equal states give equal digests, whatever engine or host got there. Costs about a second per GiB of RAM in use.
 */
public final class MachineDigest {
    private static final byte[] ZERO = new byte[GuestMemory.PAGE];

    private MachineDigest() {}

    /** The digest of a machine as it stands; 32 bytes. */
    public static byte[] of(Machine machine) {
        MessageDigest sha = sha256();
        putLong(sha, machine.moment());
        for (int i = 0; i < machine.processorCount(); i++) {
            sha.update(ProcessorState.save(machine.processor(i)));
        }
        GuestMemory memory = machine.memory();
        byte[] page = new byte[GuestMemory.PAGE];
        for (int frame = 0; frame < memory.frameCount(); frame++) {
            if ((memory.flags(frame) & GuestMemory.TOUCHED) != 0) {
                HostMemory.read(memory.hostOf(frame), page, 0, page.length);
                if (!Arrays.equals(page, ZERO)) {
                    putLong(sha, frame);
                    sha.update(page);
                }
            }
        }
        return sha.digest();
    }

    private static void putLong(MessageDigest sha, long value) {
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            sha.update((byte) (value >>> shift));
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
