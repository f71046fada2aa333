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
    private static final int OFTEN = 1000;

    static {
        makeFast();
    }

    private Digests() {}

    /**
     * Java uses the processor's instructions for SHA-256 only in what its second compiler made, and makes that of a method that is called often. A
     * large image takes few calls, all of them slow, before that would happen. The launcher's options let these calls wait for it.
     */
    private static void makeFast() {
        MessageDigest digest = sha256();
        byte[] block = new byte[64];
        for (int i = 0; i < OFTEN; i++) {
            digest.update(block, 0, block.length);
        }
    }

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
        return sha256().digest(contents);
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
