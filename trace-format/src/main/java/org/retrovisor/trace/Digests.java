package org.retrovisor.trace;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 of files and images. */
public final class Digests {

    private static final int BUFFER = 1 << 18;
    private static final int PIECE = 1 << 14;

    private Digests() {}

    /** The digest of a whole file, 32 bytes. */
    public static byte[] sha256(Path file) {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot read " + file, e);
        }
        return digest.digest();
    }

    /** The digest of these bytes, 32 bytes. */
    public static byte[] sha256(byte[] contents) {
        MessageDigest digest = sha256();
        for (int at = 0; at < contents.length; at += PIECE) { // Java's compilers are told of a method that is called often, not of one that is long
            digest.update(contents, at, Math.min(PIECE, contents.length - at));
        }
        return digest.digest();
    }

    /** A digest that has seen nothing yet. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
