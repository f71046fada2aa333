package org.retrovisor.tools.guests;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * Writes a cpio archive in the format that Linux unpacks as initramfs ("newc", SVR4 without checksums). Each entry is
 *
 * <pre>
 *   magic "070701", then 13 fields of 8 hexadecimal digits      110 bytes
 *   name, NUL, and NULs up to a multiple of 4 from the start
 *   contents, and NULs up to a multiple of 4
 * </pre>
 *
 * and the last one is named {@code TRAILER!!!}. All entries belong to root and are dated 1970, so that equal inputs make
 * equal archives. Names are relative and a folder comes before what lies in it, for the kernel makes none by itself;
 * anything else is an {@link IllegalArgumentException}.
 */
public final class CpioArchive implements Closeable {
    private static final String MAGIC = "070701";
    private static final String TRAILER = "TRAILER!!!";
    private static final int HEADER_BYTES = 110;
    private static final int ENTRY_ALIGNMENT = 4;
    private static final int ARCHIVE_ALIGNMENT = 512;
    private static final int PERMISSION_BITS = 07777;

    private static final int TYPE_FILE = 0100000;
    private static final int TYPE_DIRECTORY = 0040000;
    private static final int TYPE_SYMLINK = 0120000;
    private static final int TYPE_CHARACTER_DEVICE = 0020000;

    private final OutputStream out;
    private final Set<String> names = new HashSet<>();
    private final Set<String> directories = new HashSet<>(Set.of(""));
    private long written;
    private int lastInode;
    private boolean closed;

    /** Writes to {@code out}, which {@link #close} closes. */
    public CpioArchive(OutputStream out) {
        this.out = out;
    }

    /** Adds an empty directory, for example {@code directory("dev", 0755)}. */
    public void directory(String name, int permissions) throws IOException {
        check(name, permissions);
        directories.add(name);
        entry(name, TYPE_DIRECTORY | permissions, 2, 0, 0, new byte[0]);
    }

    /** Adds a regular file. */
    public void file(String name, int permissions, byte[] contents) throws IOException {
        check(name, permissions);
        entry(name, TYPE_FILE | permissions, 1, 0, 0, contents);
    }

    /** Adds a symbolic link; its target is not looked at. */
    public void symlink(String name, String target) throws IOException {
        check(name, 0777);
        entry(name, TYPE_SYMLINK | 0777, 1, 0, 0, target.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a character device node, for example {@code characterDevice("dev/console", 0600, 5, 1)}. */
    public void characterDevice(String name, int permissions, int major, int minor) throws IOException {
        check(name, permissions);
        entry(name, TYPE_CHARACTER_DEVICE | permissions, 1, major, minor, new byte[0]);
    }

    /** Writes the trailer and closes the stream. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (out) {
            lastInode = -1; // the trailer's number is 0
            entry(TRAILER, 0, 1, 0, 0, new byte[0]);
            pad(ARCHIVE_ALIGNMENT);
        }
    }

    private void check(String name, int permissions) {
        if (closed) {
            throw new IllegalStateException("the archive is closed");
        }
        if (name.isEmpty() || name.startsWith("/") || name.indexOf('\0') >= 0 || name.equals(TRAILER)) {
            throw new IllegalArgumentException("not a name for an archive's entry: \"" + name + "\"");
        }
        if ((permissions & ~PERMISSION_BITS) != 0) {
            throw new IllegalArgumentException("not permissions: 0" + Integer.toOctalString(permissions));
        }
        String parent = name.substring(0, Math.max(0, name.lastIndexOf('/')));
        if (!directories.contains(parent)) {
            throw new IllegalArgumentException("the directory of \"" + name + "\" must be added first");
        }
        if (!names.add(name)) {
            throw new IllegalArgumentException("\"" + name + "\" is in the archive already");
        }
    }

    private void entry(String name, int mode, int links, int major, int minor, byte[] contents) throws IOException {
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        StringBuilder header = new StringBuilder(HEADER_BYTES).append(MAGIC);
        lastInode++;
        int[] fields = {lastInode, mode, 0, 0, links, 0, contents.length, 0, 0, major, minor, nameBytes.length + 1, 0};
        for (int field : fields) {
            header.append(String.format("%08x", field));
        }
        write(header.toString().getBytes(StandardCharsets.US_ASCII));
        write(nameBytes);
        write(new byte[1]);
        pad(ENTRY_ALIGNMENT);
        write(contents);
        pad(ENTRY_ALIGNMENT);
    }

    private void pad(int alignment) throws IOException {
        write(new byte[(int) (-written & (alignment - 1))]);
    }

    private void write(byte[] bytes) throws IOException {
        out.write(bytes);
        written += bytes.length;
    }
}
