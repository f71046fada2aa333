package org.retrovisor.replay.symbols;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.replay.symbols.SyntheticKernel.Layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KernelElfTest {
    private static final int CALL = 0;
    private static final int REGISTERS = 1 << 8;
    private static final int IRET = 2 << 8;
    private static final int SP = 5;
    private static final int BP = 4;
    private static final int BP_BELOW_CFA = 1 << 4;

    /** Function 0: push %rbp, mov; function 1: an entry; function 2: another stack; then nothing known. */
    static final SyntheticOrc[] UNWIND = {
        new SyntheticOrc(0, 8, 0, CALL | SP),
        new SyntheticOrc(1, 16, -16, CALL | SP | BP_BELOW_CFA),
        new SyntheticOrc(4, 16, -16, CALL | BP | BP_BELOW_CFA),
        new SyntheticOrc(32, 8, 0, IRET | SP),
        new SyntheticOrc(40, 0, 0, REGISTERS | SP),
        new SyntheticOrc(64, 8, 0, CALL | 9),
        new SyntheticOrc(96, 0, 0, 0),
    };

    @TempDir
    Path directory;

    @Test
    void sectionsLieWhereTheKernelsSymbolsSayAndCodeHasItsBytes() throws Exception {
        SyntheticKernel guest = new SyntheticKernel(Layout.ORIGINAL, 0x20_0000);
        Elf elf = write(guest);
        assertEquals("[, .text, .rodata, .data, .bss, .symtab, .strtab, .shstrtab]", elf.sections.keySet().toString());
        assertEquals(guest.base, elf.address(".text"));
        assertEquals(SyntheticKernel.FUNCTIONS * SyntheticKernel.FUNCTION_BYTES + 32, elf.bytes(".text").length);
        assertEquals("55c3", HexFormat.of().formatHex(elf.bytes(".text"), 0, 2));
        assertTrue(new String(elf.bytes(".rodata"), StandardCharsets.ISO_8859_1).contains(guest.banner));
        assertEquals(8, elf.type(".data"));
        assertEquals(8, elf.type(".bss"));
    }

    @Test
    void symbolsHaveTypesAndSizesAndSections() throws Exception {
        SyntheticKernel guest = new SyntheticKernel(Layout.ORIGINAL, 0);
        Elf elf = write(guest);
        assertEquals(guest.symbols.size(), elf.symbols.size());
        assertEquals("global function in .text of 32 at " + Long.toHexString(guest.base + 96),
                elf.symbols.get("function_3"));
        assertEquals("local function in .text of 32 at " + Long.toHexString(guest.base + 32),
                elf.symbols.get("function_1"));
        assertEquals("weak function in .text of 16 at " + Long.toHexString(guest.systemCallEntry),
                elf.symbols.get("entry_SYSCALL_64"));
        assertEquals("local object in .bss of 229368 at " + Long.toHexString(guest.base + 0xC_8008),
                elf.symbols.get("counter"));
        assertEquals("global object absolute of 0 at 14040", elf.symbols.get("cpu_tss_rw"));
        assertEquals("global place in .text of 0 at " + Long.toHexString(guest.base), elf.symbols.get("_stext"));
    }

    @Test
    void localSymbolsComeFirst() throws Exception {
        Elf elf = write(new SyntheticKernel(Layout.ADDRESSES_LAST, 0));
        boolean global = false;
        int locals = 1;
        for (String symbol : elf.symbols.values()) {
            assertFalse(global && symbol.startsWith("local"), symbol);
            global |= !symbol.startsWith("local");
            locals += global ? 0 : 1;
        }
        assertEquals(locals, elf.info(".symtab"));
    }

    @Test
    void unwindTablesBecomeCallFrameInformation() throws Exception {
        SyntheticKernel guest = new SyntheticKernel(Layout.ORIGINAL, 0, UNWIND);
        KernelElf made = KernelElf.write(KernelSymbols.find(guest), directory.resolve("kernel.elf"));
        assertEquals(SyntheticKernel.FUNCTIONS + 2, made.functions());
        byte[] frames = new Elf(directory.resolve("kernel.elf")).bytes(".debug_frame");
        // Function 0: after 1 byte CFA is 16 from RSP and RBP is saved at CFA-16; 3 later CFA is RBP+16.
        assertEquals("41" + "0e10" + "8602" + "43" + "0c0610", instructions(frames, guest.base, 9));
        // Function 1 has saved registers: its CIE's augmentation says so.
        int entry = fde(frames, guest.base + 32);
        assertEquals('S', frames[ByteBuffer.wrap(frames).order(ByteOrder.LITTLE_ENDIAN).getInt(entry + 4) + 9]);
    }

    @Test
    void aFunctionThatTheTablesLeaveOutGetsTheFramesThatItsCodeMakes() throws Exception {
        SyntheticKernel guest = new SyntheticKernel(Layout.ORIGINAL, 0, UNWIND);
        KernelElf.write(KernelSymbols.find(guest), directory.resolve("kernel.elf"));
        byte[] frames = new Elf(directory.resolve("kernel.elf")).bytes(".debug_frame");
        // Function 3 is push %rbp; ret: after 1 byte CFA is 16 from RSP and RBP is saved at CFA-16; 1 later nothing is known.
        assertEquals("41" + "0e10" + "8602" + "41" + "0e08", instructions(frames, guest.base + 96, 8));
    }

    @Test
    void callFrameInformationAloneHasNoSymbolsAndCoversNoAddress() throws Exception {
        KernelSymbols kernel = KernelSymbols.find(new SyntheticKernel(Layout.ORIGINAL, 0x20_0000, UNWIND));
        KernelElf.write(kernel, directory.resolve("kernel.elf"));
        assertTrue(KernelElf.writeFrames(kernel, directory.resolve("frames.elf")));
        Elf elf = new Elf(directory.resolve("frames.elf"));
        assertEquals("[, .text, .symtab, .strtab, .debug_frame, .shstrtab]", elf.sections.keySet().toString());
        assertArrayEquals(new Elf(directory.resolve("kernel.elf")).bytes(".debug_frame"), elf.bytes(".debug_frame"));
        assertEquals(0, elf.bytes(".text").length);
        assertTrue(elf.symbols.isEmpty());
        KernelSymbols without = KernelSymbols.find(new SyntheticKernel(Layout.ORIGINAL, 0));
        assertFalse(KernelElf.writeFrames(without, directory.resolve("none.elf")));
        assertFalse(Files.exists(directory.resolve("none.elf")));
    }

    @Test
    void whereSystemCallsArriveTheCallerIsInRegisters() throws Exception {
        SyntheticKernel guest = new SyntheticKernel(Layout.ORIGINAL, 0, UNWIND);
        KernelElf.write(KernelSymbols.find(guest), directory.resolve("kernel.elf"));
        byte[] frames = new Elf(directory.resolve("kernel.elf")).bytes(".debug_frame");
        String entry = instructions(frames, guest.systemCallEntry, 40);
        // DW_CFA_def_cfa_offset 0; among others same_value RAX; register RIP is in RCX, RFLAGS in R11.
        assertTrue(entry.startsWith("0e00" + "0800"), entry);
        assertTrue(entry.contains("09" + "1002" + "09" + "310b"), entry);
    }

    @Test
    void aStackSwitchIsReadThroughThePointerInTheWayOfItsVersion() throws Exception {
        // "What lies at RSP, plus 8": DW_OP_breg7 0, deref, consts 8, plus. Until 5.11: what lies at RSP plus 8.
        assertTrue(stackSwitch(Layout.ADDRESSES_LAST).startsWith("0f06" + "7700" + "06" + "1108" + "22"));
        assertTrue(stackSwitch(Layout.ORIGINAL).startsWith("0f03" + "7708" + "06"));
    }

    private String stackSwitch(Layout layout) throws Exception {
        SyntheticOrc[] unwind = UNWIND.clone();
        SyntheticKernel guest = new SyntheticKernel(layout, 0, unwind);
        KernelElf.write(KernelSymbols.find(guest), directory.resolve("kernel.elf"));
        return instructions(new Elf(directory.resolve("kernel.elf")).bytes(".debug_frame"), guest.base + 64, 8);
    }

    @Test
    void theThreeLayoutsOfUnwindEntriesAreToldApart() throws Exception {
        assertEquals(OrcLayout.ORIGINAL, layout(0x005, 0x005, 0x105, 0x400));
        assertEquals(OrcLayout.WITH_SIGNAL, layout(0x005, 0x005, 0x505, 0x800));
        assertEquals(OrcLayout.TYPED, layout(0x205, 0x205, 0xB05, 0x100));
    }

    @Test
    void inEachLayoutAnEndIsNotAnUnknownFrame() {
        assertEquals(OrcLayout.Frame.END, OrcLayout.ORIGINAL.frame(0x400));
        assertEquals(OrcLayout.Frame.END, OrcLayout.WITH_SIGNAL.frame(0x800));
        assertEquals(OrcLayout.Frame.END, OrcLayout.TYPED.frame(0x100));
        for (OrcLayout layout : OrcLayout.values()) {
            assertEquals(OrcLayout.Frame.UNKNOWN, layout.frame(0));
        }
    }

    private static OrcLayout layout(int... flags) throws Exception {
        SyntheticOrc[] unwind = new SyntheticOrc[flags.length];
        for (int i = 0; i < flags.length; i++) {
            unwind[i] = new SyntheticOrc(16 * i, 8, 0, flags[i]);
        }
        return OrcTable.of(KernelSymbols.find(new SyntheticKernel(Layout.ORIGINAL, 0, unwind))).layout;
    }

    @Test
    void gdbGetsAScriptThatNamesTheFramesOfInterrupts() throws Exception {
        assertTrue(KernelElf.gdbScript().contains("gdb.frame_filters["));
    }

    @Test
    void unwindTablesOutOfOrderAreLeftOut() throws Exception {
        SyntheticOrc[] unwind = {UNWIND[1], UNWIND[0]};
        assertEquals(0, KernelElf.write(KernelSymbols.find(new SyntheticKernel(Layout.ORIGINAL, 0, unwind)),
                directory.resolve("kernel.elf")).functions());
    }

    @Test
    void theOffsetOfAKernelThatMovedIsFound() throws Exception {
        Path vmlinux = directory.resolve("vmlinux");
        KernelElf.write(KernelSymbols.find(new SyntheticKernel(Layout.ADDRESSES_LAST, 0)), vmlinux);
        assertEquals(0, Vmlinux.kaslrOffset(vmlinux, new SyntheticKernel(Layout.ADDRESSES_LAST, 0)));
        SyntheticKernel moved = new SyntheticKernel(Layout.ADDRESSES_LAST, 0x1A00_0000);
        assertEquals(0x1A00_0000, Vmlinux.kaslrOffset(vmlinux, moved));
        Arrays.fill(moved.memory, moved.tableStart, moved.tableEnd, (byte) 0);
        assertEquals(0x1A00_0000, Vmlinux.kaslrOffset(vmlinux, moved), "by the system call's entry alone");
    }

    @Test
    void anotherKernelsFileIsRefused() throws Exception {
        Path vmlinux = directory.resolve("vmlinux");
        KernelElf.write(KernelSymbols.find(new SyntheticKernel(Layout.ADDRESSES_LAST, 0)), vmlinux);
        assertTrue(refusal(vmlinux, Layout.ORIGINAL).contains("is another kernel than the guest's: the file is \"Linux"
                + " version 6.12.0"));
    }

    @Test
    void aFileThatIsNoKernelIsRefusedInASentence() throws Exception {
        Path file = directory.resolve("vmlinux");
        Files.writeString(file, "no kernel");
        assertTrue(refusal(file, Layout.ORIGINAL).endsWith("(a vmlinux, not a vmlinuz, is needed)"));
        KernelElf.write(KernelSymbols.find(new SyntheticKernel(Layout.ORIGINAL, 0)), file);
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 100));
        assertTrue(refusal(file, Layout.ORIGINAL).endsWith("is cut short or damaged"));
    }

    private static String refusal(Path vmlinux, Layout layout) {
        return assertThrows(KernelSymbolsException.class,
                () -> Vmlinux.kaslrOffset(vmlinux, new SyntheticKernel(layout, 0))).getMessage();
    }

    private Elf write(SyntheticKernel guest) throws Exception {
        Path file = directory.resolve("kernel.elf");
        KernelElf made = KernelElf.write(KernelSymbols.find(guest), file);
        assertEquals(guest.symbols.size(), made.symbols());
        return new Elf(file);
    }

    private static String instructions(byte[] frames, long function, int count) {
        return HexFormat.of().formatHex(frames, fde(frames, function) + 24, fde(frames, function) + 24 + count);
    }

    /** Where the FDE of a function begins. */
    private static int fde(byte[] frames, long function) {
        ByteBuffer section = ByteBuffer.wrap(frames).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        while (section.getInt(at + 4) == -1 || section.getLong(at + 8) != function) {
            at += 4 + section.getInt(at);
        }
        return at;
    }

    /** A reader of ELF files that knows only the manual. */
    private static final class Elf {
        final Map<String, Integer> sections = new LinkedHashMap<>();
        final Map<String, String> symbols = new LinkedHashMap<>();
        private final ByteBuffer file;

        Elf(Path path) throws IOException {
            file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
            assertArrayEquals(new byte[]{0x7F, 'E', 'L', 'F', 2, 1, 1}, Arrays.copyOf(file.array(), 7));
            int headers = (int) file.getLong(40);
            int names = headers + 64 * file.getShort(62);
            for (int i = 0; i < file.getShort(60); i++) {
                int header = headers + 64 * i;
                sections.put(text((int) file.getLong(names + 24) + file.getInt(header)), header);
            }
            readSymbols();
        }

        private void readSymbols() {
            byte[] table = bytes(".symtab");
            ByteBuffer entries = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
            for (int at = 24; at < table.length; at += 24) {
                String name = text((int) file.getLong(sections.get(".strtab") + 24) + entries.getInt(at));
                int section = entries.getShort(at + 6);
                symbols.put(name, "%s %s %s of %d at %x".formatted(
                        new String[]{"local", "global", "weak"}[entries.get(at + 4) >> 4],
                        new String[]{"place", "object", "function"}[entries.get(at + 4) & 15],
                        section < 0 ? "absolute" : "in " + sections.keySet().toArray()[section],
                        entries.getLong(at + 16), entries.getLong(at + 8)));
            }
        }

        private String text(int at) {
            int end = at;
            while (file.get(end) != 0) {
                end++;
            }
            return new String(file.array(), at, end - at, StandardCharsets.ISO_8859_1);
        }

        int type(String section) {
            return file.getInt(sections.get(section) + 4);
        }

        long address(String section) {
            return file.getLong(sections.get(section) + 16);
        }

        int info(String section) {
            return file.getInt(sections.get(section) + 44);
        }

        byte[] bytes(String section) {
            int from = (int) file.getLong(sections.get(section) + 24);
            return Arrays.copyOfRange(file.array(), from,
                    from + (int) file.getLong(sections.get(section) + 32));
        }
    }
}
