package org.retrovisor.replay.symbols;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A kernel's ELF file with symbols, as its build has made it, and how far from there the guest's kernel has moved. */
public final class Vmlinux {
    private static final int HEADER_BYTES = 64;
    private static final int SYMBOL_BYTES = 24;
    private static final int SYMTAB = 2;
    private static final int NOBITS = 8;
    private static final String SYSTEM_CALL = "entry_SYSCALL_64";
    private static final String BANNER = "linux_banner";
    private static final int BANNER_BYTES = 512;
    /** KASLR moves the kernel by multiples of this: its smallest alignment. */
    private static final long KASLR_UNIT = 1 << 21;
    private static final long KASLR_RANGE = 1 << 30;

    private record Section(int type, long address, long offset, long size, int link) {}

    private final Path file;
    private final FileChannel channel;
    private final Map<String, Long> symbols = new HashMap<>();
    private Section[] sections;

    private Vmlinux(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * How far the guest's kernel is from where {@code vmlinux} was linked: 0 without KASLR. To be added to each of the
     * file's addresses ({@code symbol-file -o} of gdb). 0 also when neither is Linux.
     *
     * @throws KernelSymbolsException when the file is no kernel with symbols, or not the one that the guest runs
     */
    public static long kaslrOffset(Path vmlinux, GuestView guest) throws IOException, KernelSymbolsException {
        try (FileChannel channel = FileChannel.open(vmlinux)) {
            Vmlinux kernel = new Vmlinux(vmlinux, channel);
            kernel.read();
            return kernel.offset(guest);
        }
    }

    /**
     * Reads a file's headers and names, to be told early when they are of no use.
     *
     * @throws KernelSymbolsException when the file is no kernel with symbols
     */
    public static void check(Path vmlinux) throws IOException, KernelSymbolsException {
        try (FileChannel channel = FileChannel.open(vmlinux)) {
            new Vmlinux(vmlinux, channel).read();
        }
    }

    private long offset(GuestView guest) throws IOException, KernelSymbolsException {
        KernelSymbols running;
        try {
            running = KernelSymbols.find(guest);
        } catch (KernelSymbolsException none) {
            return offsetOfSystemCall(guest, none);
        }
        String banner = banner();
        if (!banner.isEmpty() && !banner.equals(running.banner())) {
            throw new KernelSymbolsException(
                    "%s is another kernel than the guest's: the file is \"%s\", the guest \"%s\""
                            .formatted(file, banner, running.banner()));
        }
        for (String anchor : List.of("_text", "_stext", SYSTEM_CALL)) {
            if (symbols.containsKey(anchor) && running.address(anchor).isPresent()) {
                return checked(running.address(anchor).getAsLong() - symbols.get(anchor));
            }
        }
        throw new KernelSymbolsException(file + " has none of the symbols _text, _stext, " + SYSTEM_CALL);
    }

    /** Without a symbol table in the guest, the target of SYSCALL is what both sides know. */
    private long offsetOfSystemCall(GuestView guest, KernelSymbolsException none) throws KernelSymbolsException {
        Long linked = symbols.get(SYSTEM_CALL);
        if (linked == null) {
            return 0; // neither side is Linux: such kernels do not move
        }
        if (guest.systemCallEntry() == 0) {
            throw none;
        }
        return checked(guest.systemCallEntry() - linked);
    }

    private long checked(long offset) throws KernelSymbolsException {
        if (offset % KASLR_UNIT != 0 || Math.abs(offset) >= KASLR_RANGE) {
            throw new KernelSymbolsException("%s is another kernel than the guest's: their addresses differ by %s%x"
                    .formatted(file, offset < 0 ? "-" : "", Math.abs(offset)));
        }
        return offset;
    }

    // ---------------------------------------------------------------- the file

    private void read() throws IOException, KernelSymbolsException {
        ByteBuffer header = bytes(0, HEADER_BYTES);
        if (header == null || header.getInt(0) != 0x464C457F || header.get(4) != 2 || header.getShort(18) != 62) {
            throw new KernelSymbolsException(
                    file + " is not an ELF file for x86-64 (a vmlinux, not a vmlinuz, is needed)");
        }
        sections(header.getLong(40), header.getShort(60) & 0xFFFF);
        for (Section section : sections) {
            if (section.type == SYMTAB && section.link >= 0 && section.link < sections.length) {
                symbols(section, sections[section.link]);
                return;
            }
        }
        throw new KernelSymbolsException(file + " has no symbol table");
    }

    private void sections(long offset, int count) throws IOException, KernelSymbolsException {
        ByteBuffer headers = require(bytes(offset, (long) count * HEADER_BYTES));
        sections = new Section[count];
        for (int i = 0; i < count; i++) {
            int at = HEADER_BYTES * i;
            sections[i] = new Section(headers.getInt(at + 4), headers.getLong(at + 16), headers.getLong(at + 24),
                    headers.getLong(at + 32), headers.getInt(at + 40));
        }
    }

    private void symbols(Section table, Section strings) throws IOException, KernelSymbolsException {
        ByteBuffer entries = require(bytes(table.offset, table.size));
        ByteBuffer names = require(bytes(strings.offset, strings.size));
        for (int at = 0; at + SYMBOL_BYTES <= entries.limit(); at += SYMBOL_BYTES) {
            String name = text(names, entries.getInt(at));
            if (name.equals("_text") || name.equals("_stext") || name.equals(SYSTEM_CALL) || name.equals(BANNER)) {
                symbols.put(name, entries.getLong(at + 8));
            }
        }
    }

    /** What the file's kernel says of itself; empty when its bytes are not in the file, as in a file of debug information. */
    private String banner() throws IOException {
        Long address = symbols.get(BANNER);
        for (Section section : sections) {
            if (address != null && section.type != NOBITS && section.address != 0 && address >= section.address
                    && address - section.address < section.size) {
                long offset = section.offset + address - section.address;
                ByteBuffer bytes = bytes(offset, Math.min(BANNER_BYTES, channel.size() - offset));
                return bytes == null ? "" : text(bytes, 0).strip();
            }
        }
        return "";
    }

    private static String text(ByteBuffer bytes, int from) {
        int end = from;
        while (end >= 0 && end < bytes.limit() && bytes.get(end) != 0) {
            end++;
        }
        if (from < 0 || end <= from) {
            return "";
        }
        byte[] text = new byte[end - from];
        bytes.get(from, text);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private ByteBuffer require(ByteBuffer bytes) throws KernelSymbolsException {
        if (bytes == null) {
            throw new KernelSymbolsException(file + " is cut short or damaged");
        }
        return bytes;
    }

    /** A part of the file, or null when it is not all there. */
    private ByteBuffer bytes(long offset, long length) throws IOException {
        if (offset < 0 || length < 0 || length > Integer.MAX_VALUE || offset > channel.size() - length) {
            return null;
        }
        ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
        return bytes.order(ByteOrder.LITTLE_ENDIAN);
    }
}
