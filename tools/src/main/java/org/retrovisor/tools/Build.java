package org.retrovisor.tools;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Tells one build from another, so that what one left in the user's caches is not taken for what another would make. */
public final class Build {
    /** Of code that was not packed into an archive, as in tests: it has no name, and what it makes is not kept. */
    public static final long NONE = 0;

    private Build() {}

    /** A number for the contents of the archive that a class is in, or {@link #NONE}. */
    public static long of(Class<?> member) {
        try {
            Path archive = Path.of(member.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (!Files.isRegularFile(archive)) {
                return NONE;
            }
            byte[] bytes = Files.readAllBytes(archive);
            CRC32C sum = new CRC32C();
            sum.update(bytes);
            return sum.getValue() | (long) bytes.length << 32;
        } catch (IOException | URISyntaxException e) {
            return NONE;
        }
    }
}
