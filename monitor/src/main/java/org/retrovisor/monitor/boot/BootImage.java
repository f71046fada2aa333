package org.retrovisor.monitor.boot;

import java.nio.charset.StandardCharsets;

/** Tells what kind of kernel a file is, and loads it accordingly. */
public final class BootImage {
    /** The kinds of kernel that can be started. */
    public enum Kind {
        /** A Linux bzImage. */
        LINUX,
        /** A multiboot kernel. */
        MULTIBOOT
    }

    /** A file that is often mistaken for a kernel: how it begins, and what it is. */
    private record Lookalike(int offset, String magic, String description) {}

    private static final Lookalike[] LOOKALIKES = {
        new Lookalike(0, "\u001F\u008B", "a gzip file; unpack it, or give the bzImage (vmlinuz) itself"),
        new Lookalike(0, "\u00FD7zXZ", "an xz file; unpack it, or give the bzImage (vmlinuz) itself"),
        new Lookalike(0, "(\u00B5/\u00FD", "a zstd file; unpack it, or give the bzImage (vmlinuz) itself"),
        new Lookalike(0, "070701", "a cpio archive; an initial RAM disk is given with --initrd"),
        new Lookalike(0, "070702", "a cpio archive; an initial RAM disk is given with --initrd"),
        new Lookalike(0, "\u007FELF", "an ELF file without a multiboot header; for Linux give the bzImage (vmlinuz)"),
        new Lookalike(0, "MZ", "a program for DOS, Windows or EFI"),
        new Lookalike(0, "QFI\u00FB", "a qcow2 disk image"),
        new Lookalike(0, "!<arch>", "an archive or a Debian package"),
        new Lookalike(0, "PK\u0003\u0004", "a zip file"),
        new Lookalike(0, "#!", "a script"),
        new Lookalike(257, "ustar", "a tar archive"),
        new Lookalike(0x8001, "CD001", "a CD image"),
        new Lookalike(510, "U\u00AA", "a disk image"),
    };

    private BootImage() {}

    /** What kind of kernel the file is; an error that says what it looks like when it is none. */
    public static Kind detect(byte[] bytes) throws BootException {
        var image = new ImageReader("the kernel", bytes);
        if (LinuxHeader.isPresent(image)) {
            return Kind.LINUX;
        }
        if (MultibootHeader.find(image) != null) {
            return Kind.MULTIBOOT;
        }
        throw new BootException("not a kernel that can be started: " + describe(bytes));
    }

    /** Loads a kernel of any known kind; the parameters are those of {@link LinuxBoot#load}. */
    public static BootState load(BootMemory memory, byte[] image, byte[] initrd, String commandLine, int processors)
            throws BootException {
        return switch (detect(image)) {
            case LINUX -> LinuxBoot.load(memory, image, initrd, commandLine, processors);
            case MULTIBOOT -> MultibootBoot.load(memory, image, initrd, commandLine, processors);
        };
    }

    private static String describe(byte[] bytes) {
        if (bytes.length == 0) {
            return "the file is empty";
        }
        for (Lookalike lookalike : LOOKALIKES) {
            byte[] magic = lookalike.magic.getBytes(StandardCharsets.ISO_8859_1);
            if (startsWith(bytes, lookalike.offset, magic)) {
                return "the file looks like " + lookalike.description;
            }
        }
        return "the file is neither a Linux bzImage nor a multiboot image";
    }

    private static boolean startsWith(byte[] bytes, int offset, byte[] magic) {
        if (bytes.length < offset + magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if (bytes[offset + i] != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
