package org.retrovisor.tools.guests;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;

/**
 * The kernels that the tool carries inside: 64-bit ELF files with debug information, started by the multiboot 1
 * protocol. Their sources are in {@code tools/src/main/guest}.
 */
public enum EmbeddedGuest {
    /** A bank with a real race between its main loop and its timer interrupt: it crashes at a different time each run. */
    RACER,

    /**
     * Checks the machine it runs on: prints a line per test that begins with PASS or FAIL, then writes the number of
     * failed tests to the debug-exit port 0xF4 and resets the machine.
     */
    SELFTEST;

    /** The name of the guest's ELF file. */
    public String fileName() {
        return name().toLowerCase(Locale.ROOT) + ".elf";
    }

    /** The bytes of the guest's ELF file. */
    public byte[] bytes() {
        String resource = "/org/retrovisor/tools/guest/" + fileName();
        try (InputStream in = EmbeddedGuest.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the embedded guest " + resource + " is missing from this build");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
