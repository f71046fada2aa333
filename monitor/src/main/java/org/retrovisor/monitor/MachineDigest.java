package org.retrovisor.monitor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
        sha.update(littleEndian(Long.BYTES).putLong(machine.moment()).array());
        for (int i = 0; i < machine.processorCount(); i++) {
            sha.update(ProcessorState.save(machine.processor(i)));
        }
        GuestMemory memory = machine.memory();
        ByteBuffer numberAndPage = littleEndian(Long.BYTES + GuestMemory.PAGE);
        for (int frame = 0; frame < memory.frameCount(); frame++) {
            if ((memory.flags(frame) & GuestMemory.TOUCHED) != 0) {
                byte[] bytes = numberAndPage.putLong(0, frame).array();
                HostMemory.read(memory.hostOf(frame), bytes, Long.BYTES, GuestMemory.PAGE);
                if (!Arrays.equals(bytes, Long.BYTES, bytes.length, ZERO, 0, ZERO.length)) {
                    sha.update(bytes);
                }
            }
        }
        return sha.digest();
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
