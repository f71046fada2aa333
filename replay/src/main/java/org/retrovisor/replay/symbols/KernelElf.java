package org.retrovisor.replay.symbols;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An ELF file of a kernel's symbols for a debugger: code and constants with their contents, data without (they are the
 * guest's and change), symbols with types and sizes, and call-frame information where the kernel has unwind tables.
 * All addresses are those of this boot.
 *
 * @param symbols how many symbols it holds
 * @param functions how many functions have call-frame information; 0 when the kernel has no unwind tables
 */
public record KernelElf(int symbols, int functions) {
    private static final String GDB_SCRIPT = "kernel_frames.py";
    private static final int EXECUTABLE = 2;
    private static final int X86_64 = 62;
    private static final int HEADER_BYTES = 64;
    private static final int SECTION_BYTES = 64;
    private static final int SYMBOL_BYTES = 24;

    /**
     * A Python script for gdb to source beside the file: it names the kernel's interrupt frames in backtraces, and keeps
     * gdb from taking C names for those of other languages.
     */
    public static String gdbScript() throws IOException {
        try (InputStream in = KernelElf.class.getResourceAsStream(GDB_SCRIPT)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Writes the file, over one that is there. */
    public static KernelElf write(KernelSymbols kernel, Path file) throws IOException {
        List<KernelSection> sections = KernelSection.of(kernel);
        OrcTable unwind = OrcTable.of(kernel);
        FrameSection frames = unwind == null ? null : FrameSection.of(unwind, kernel);
        SymbolSection symbols = SymbolSection.of(kernel, sections);
        try (OutputStream out = Files.newOutputStream(file)) {
            new Writer(kernel.image(), out).write(sections, symbols, frames);
        }
        return new KernelElf(kernel.symbols().size(), frames == null ? 0 : frames.count());
    }

    /**
     * Writes a file that has only the call-frame information, for a debugger that takes the symbols from another file: the kernel's own
     * has none for code in assembler, through which every interrupt and system call goes.
     *
     * @return false when the kernel has no unwind tables; then there is no file
     */
    public static boolean writeFrames(KernelSymbols kernel, Path file) throws IOException {
        OrcTable unwind = OrcTable.of(kernel);
        if (unwind == null) {
            return false;
        }
        try (OutputStream out = Files.newOutputStream(file)) {
            // Empty, for gdb wants to know where code begins; not where the kernel is, or gdb would look for its symbols here.
            List<KernelSection> sections = List.of(KernelSection.EMPTY_CODE);
            new Writer(kernel.image(), out).write(sections, SymbolSection.none(), FrameSection.of(unwind, kernel));
        }
        return true;
    }

    /** The parts of the file in the order in which they lie: header, contents, section headers. */
    private static final class Writer {
        private final KernelImage image;
        private final OutputStream out;
        private final ByteSink headers = new ByteSink(1024);
        private final ByteSink names = new ByteSink(256).u8(0);
        private long position = HEADER_BYTES;
        private int count;

        Writer(KernelImage image, OutputStream out) {
            this.image = image;
            this.out = out;
        }

        void write(List<KernelSection> sections, SymbolSection symbols, FrameSection frames) throws IOException {
            ByteSink contents = new ByteSink(1 << 16);
            plan(sections, symbols, frames);
            fileHeader(contents, position);
            out.write(contents.array(), 0, contents.size());
            for (KernelSection section : sections) {
                if (section.hasContents()) {
                    out.write(image.bytes(), image.position(section.start()), section.size());
                }
            }
            emit(symbols.table());
            emit(symbols.names());
            if (frames != null) {
                emit(frames.bytes());
            }
            emit(names);
            emit(headers);
        }

        /** Lays the file out: fills the section headers. */
        private void plan(List<KernelSection> sections, SymbolSection symbols, FrameSection frames) {
            header("", 0, 0, 0, 0, 0, 0, 0);
            for (KernelSection section : sections) {
                int type = section.hasContents() ? 1 : 8;
                header(section.name(), type, section.flags(), section.start(), section.size(), 0, 0, 0);
            }
            int strings = sections.size() + 2;
            header(".symtab", 2, 0, 0, symbols.table().size(), strings, symbols.locals(), SYMBOL_BYTES);
            header(".strtab", 3, 0, 0, symbols.names().size(), 0, 0, 0);
            if (frames != null) {
                header(".debug_frame", 1, 0, 0, frames.bytes().size(), 0, 0, 0);
            }
            // Its own name is the last to enter the table of names, which is then complete.
            header(".shstrtab", 3, 0, 0, names.size() + ".shstrtab".length() + 1, 0, 0, 0);
        }

        private void header(
                String name, int type, long flags, long address, int size, int link, int info, int entryBytes) {
            headers.u32(type == 0 ? 0 : names.size()).u32(type).u64(flags).u64(address);
            headers.u64(type == 0 ? 0 : position).u64(size).u32(link).u32(info).u64(type == 0 ? 0 : 1).u64(entryBytes);
            if (type != 0) {
                names.string(name);
            }
            position += type == 8 ? 0 : size;
            count++;
        }

        private void fileHeader(ByteSink to, long sectionHeaders) {
            to.u32(0x464C457F).u8(2).u8(1).u8(1).u8(0).u64(0);
            to.u16(EXECUTABLE).u16(X86_64).u32(1).u64(0).u64(0).u64(sectionHeaders);
            to.u32(0).u16(HEADER_BYTES).u16(0).u16(0).u16(SECTION_BYTES).u16(count).u16(count - 1);
        }

        private void emit(ByteSink bytes) throws IOException {
            out.write(bytes.array(), 0, bytes.size());
        }
    }
}
