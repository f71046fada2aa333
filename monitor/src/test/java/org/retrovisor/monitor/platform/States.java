package org.retrovisor.monitor.platform;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

/** Checks that a device's state survives being written and read. */
final class States {
    private States() {}

    static byte[] saved(Device device) throws IOException {
        var bytes = new ByteArrayOutputStream();
        device.save(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    /**
     * Restores the state of {@code used} into {@code fresh}; afterwards both must have the same state, every byte of it
     * consumed. The two must differ before, or the test would prove nothing.
     */
    static void assertRoundTrip(Device used, Device fresh) throws IOException {
        byte[] state = saved(used);
        assertFalse(Arrays.equals(state, saved(fresh)), "the device under test is still in its first state");
        var in = new DataInputStream(new ByteArrayInputStream(state));
        fresh.restore(in);
        assertArrayEquals(state, saved(fresh));
        assertEquals(0, in.available(), "bytes of the state left over");
    }
}
