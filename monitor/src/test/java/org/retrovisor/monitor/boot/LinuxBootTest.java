package org.retrovisor.monitor.boot;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LinuxBootTest {
    private static final int SECTORS = 3;
    private static final int KERNEL = 0x4000;
    private static final int SETUP = (SECTORS + 1) * 512;
    private static final long LOAD = 0x100_0000;
    private static final long INIT_SIZE = 0x80_0000;
    private static final byte[] INITRD = new byte[10_000];
    private static final byte[] NO_INITRD = {};

    private final FakeMemory scratch = new FakeMemory(64L << 20);

    static {
        Arrays.fill(INITRD, (byte) 0x5A);
    }

    /** An image with a right header and a recognizable kernel. */
    private static ByteBuffer image() {
        ByteBuffer image = ByteBuffer.allocate(SETUP + KERNEL).order(ByteOrder.LITTLE_ENDIAN);
        image.put(0x1F1, (byte) SECTORS);
        image.putInt(0x1F4, KERNEL / 16);
        image.putShort(0x1FE, (short) 0xAA55);
        image.putShort(0x200, (short) 0x6AEB); // the jump over the header says how long it is
        image.putInt(0x202, 0x5372_6448);
        image.putShort(0x206, (short) 0x20F);
        image.putInt(0x22C, 0x7FFF_FFFF);
        image.putInt(0x230, 0x20_0000);
        image.put(0x234, (byte) 1);
        image.putShort(0x236, (short) 1);
        image.putInt(0x238, 2047);
        image.putLong(0x258, LOAD);
        image.putInt(0x260, (int) INIT_SIZE);
        for (int i = 0; i < KERNEL; i += 4) {
            image.putInt(SETUP + i, 0xC0DE_0000 | i);
        }
        return image;
    }

    private static FakeMemory load(ByteBuffer image, long megabytes, byte[] initrd) throws BootException {
        var memory = new FakeMemory(megabytes << 20);
        LinuxBoot.load(memory, image.array(), initrd, "console=ttyS0 quiet", 1);
        return memory;
    }

    /** Loads into memory that is used again and again, for tests of many images. */
    private void loadAgain(ByteBuffer image) throws BootException {
        LinuxBoot.load(scratch, image.array(), INITRD, "", 1);
    }

    private static String refusal(ByteBuffer image, long megabytes, byte[] initrd) {
        return assertThrows(BootException.class, () -> load(image, megabytes, initrd)).getMessage();
    }

    @Test
    void the_kernel_is_at_its_preferred_address_and_entered_in_64_bit_mode() throws BootException {
        var memory = new FakeMemory(64L << 20);
        BootState state = LinuxBoot.load(memory, image().array(), INITRD, "", 1);
        assertEquals(0xC0DE_0000L, memory.u32(LOAD));
        assertEquals(0xC0DE_0000L | KERNEL - 4, memory.u32(LOAD + KERNEL - 4));
        assertEquals(BootState.Mode.LONG_64, state.mode());
        assertEquals(LOAD + 0x200, state.rip());
        assertEquals(LowMemory.PARAMETERS, state.registers().get(6));
        assertEquals(0x10, state.segments().get(1).selector());
        assertEquals(0x18, state.segments().get(3).selector());
        assertEquals(0x00AF_9B00_0000_FFFFL, memory.u64(state.gdtBase() + 0x10));
        assertEquals(0x00CF_9300_0000_FFFFL, memory.u64(state.gdtBase() + 0x18));
    }

    @Test
    void the_first_four_gibibytes_are_mapped_to_themselves() throws BootException {
        FakeMemory memory = load(image(), 64, NO_INITRD);
        for (long address : new long[]{0, 0x20_0000, LOAD, 0xC000_0000L, 0xFFE0_0000L}) {
            long pointers = memory.u64(LowMemory.PAGE_TABLES) & -4096;
            long directory = memory.u64(pointers + 8 * (address >> 30)) & -4096;
            long entry = memory.u64(directory + 8 * (address >> 21 & 511));
            assertEquals(address | 0x83, entry);
        }
    }

    @Test
    void the_parameter_page_says_what_the_kernel_needs_to_know() throws BootException {
        FakeMemory memory = load(image(), 64, INITRD);
        long page = LowMemory.PARAMETERS;
        assertEquals(0x5372_6448L, memory.u32(page + 0x202));
        assertEquals(0xFF, memory.u8(page + 0x210));
        assertEquals("console=ttyS0 quiet\0", memory.text(memory.u32(page + 0x228), 20));
        assertEquals(AcpiTables.ROOT_POINTER, memory.u64(page + 0x70));
        assertEquals(5, memory.u8(page + 0x1E8));
        assertEquals(0, memory.u64(page + 0x2D0));
        assertEquals(MemoryMap.EXTENDED_BIOS_DATA, memory.u64(page + 0x2D8));
        assertEquals(1, memory.u32(page + 0x2E0));
        long initrd = memory.u32(page + 0x218);
        assertEquals(INITRD.length, memory.u32(page + 0x21C));
        assertEquals(0, initrd % 4096);
        assertArrayEquals(INITRD, memory.bytes(initrd, INITRD.length));
        assertTrue(initrd >= LOAD + INIT_SIZE && initrd + INITRD.length <= (64 << 20) - MemoryMap.ACPI_SIZE);
    }

    @Test
    void an_initial_ram_disk_stays_below_the_kernels_limit() throws BootException {
        ByteBuffer image = image();
        image.putInt(0x22C, 0x1FF_FFFF);
        FakeMemory memory = load(image, 64, INITRD);
        long initrd = memory.u32(LowMemory.PARAMETERS + 0x218);
        assertTrue(initrd + INITRD.length <= 0x200_0000);
    }

    @Test
    void an_initial_ram_disk_that_does_not_fit_above_the_kernel_goes_below() throws BootException {
        FakeMemory memory = load(image(), 25, new byte[4 << 20]);
        long initrd = memory.u32(LowMemory.PARAMETERS + 0x218);
        assertEquals(LOAD - (4 << 20), initrd);
    }

    @Test
    void too_little_memory_is_told_with_what_is_needed() {
        assertTrue(refusal(image(), 20, INITRD).contains("at least 25M, the machine has 20M"));
        assertTrue(refusal(image(), 40, new byte[32 << 20]).contains("at least 57M, the machine has 40M"));
    }

    /** An image whose packed part is {@code payload}. */
    private static ByteBuffer packed(byte[] payload) {
        ByteBuffer image = image();
        image.putInt(0x248, 0x400).putInt(0x24C, payload.length);
        image.put(SETUP + 0x400, payload);
        return image;
    }

    /** A 64-bit ELF file with one segment of {@code memorySize} bytes, of which 16 are in the file. */
    private static byte[] kernelProper(long memorySize) {
        ByteBuffer elf = ByteBuffer.allocate(136).order(ByteOrder.LITTLE_ENDIAN);
        elf.putInt(0, 0x464C_457F).put(4, (byte) 2).put(5, (byte) 1).putShort(18, (short) 62);
        elf.putLong(24, LOAD + 4).putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 1);
        elf.putInt(64, 1).putLong(72, 120).putLong(80, 0xFFFF_FFFF_8100_0000L).putLong(88, LOAD);
        elf.putLong(96, 16).putLong(104, memorySize).putLong(120, 0x1122_3344_5566_7788L);
        return elf.array();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    /** A legacy LZ4 frame of literals only, with the size at its end as kernels have it. */
    private static byte[] lz4(byte[] bytes) {
        int block = 2 + bytes.length;
        return new LittleEndian().u32(Lz4.LEGACY_MAGIC).u32(block).u8(0xF0).u8(bytes.length - 15).raw(bytes)
                .u32(bytes.length).bytes();
    }

    @Test
    void a_machine_too_small_for_unpacking_gets_the_kernel_proper() throws Exception {
        byte[] kernel = kernelProper(0x20_0000);
        for (byte[] payload : new byte[][]{gzip(kernel), lz4(kernel)}) {
            var memory = new FakeMemory(20L << 20);
            BootState state = LinuxBoot.load(memory, packed(payload).array(), INITRD, "", 1);
            assertEquals(LOAD + 4, state.rip());
            assertEquals(0x1122_3344_5566_7788L, memory.u64(LOAD));
            long initrd = memory.u32(LowMemory.PARAMETERS + 0x218);
            assertTrue(initrd >= LOAD + 0x20_0000);
            assertArrayEquals(INITRD, memory.bytes(initrd, INITRD.length));
        }
    }

    @Test
    void a_machine_too_small_for_the_kernel_proper_is_told_what_is_needed() throws Exception {
        String message = refusal(packed(gzip(kernelProper(0x60_0000))), 20, INITRD);
        assertTrue(message.contains("at least 23M, the machine has 20M"), message);
    }

    @Test
    void a_damaged_packed_part_is_refused() throws Exception {
        byte[] payload = lz4(kernelProper(0x20_0000));
        for (int at = 4; at < payload.length; at++) {
            byte[] mangled = payload.clone();
            mangled[at] ^= 0x41;
            try {
                load(packed(mangled), 20, INITRD);
            } catch (BootException expected) {
                assertTrue(expected.getMessage().length() > 10);
            }
        }
        payload[9] = 0x7F; // more literals than there are bytes
        refusal(packed(payload), 20, INITRD);
    }

    @Test
    void lz4_copies_overlapping_matches() throws BootException {
        // "ab" and a match of 8 bytes at distance 2, then "c" and 6 bytes at distance 1, then the last literal.
        byte[] frame = new LittleEndian().u32(Lz4.LEGACY_MAGIC).u32(12).u8(0x24).text("ab").u16(2).u8(0x12).text("c")
                .u16(1).u8(0x20).text("de").bytes();
        byte[] out = Lz4.unpack(new ImageReader("test", frame), 19);
        assertEquals("abababababcccccccde", new String(out, StandardCharsets.US_ASCII));
    }

    @Test
    void kernels_that_cannot_be_entered_are_told_apart() {
        ByteBuffer old = image();
        old.putShort(0x206, (short) 0x204);
        assertTrue(refusal(old, 64, NO_INITRD).contains("boot protocol 2.4"));
    }

    @Test
    void a_kernel_without_a_64_bit_entry_is_entered_at_its_start_in_32_bit_mode() throws BootException {
        ByteBuffer narrow = image();
        narrow.putShort(0x236, (short) 0);
        var memory = new FakeMemory(64L << 20);
        BootState state = LinuxBoot.load(memory, narrow.array(), INITRD, "", 1);
        assertEquals(BootState.Mode.PROTECTED_32, state.mode());
        assertEquals(LOAD, state.rip());
        assertEquals(0x11, state.cr0());
        assertEquals(LowMemory.PARAMETERS, state.registers().get(6));
        assertEquals(0x00CF_9B00_0000_FFFFL, memory.u64(state.gdtBase() + 0x10));
        assertTrue(refusal(narrow, 20, NO_INITRD).contains("at least 25M"), "it is never unpacked here");
    }

    @Test
    void a_last_paragraph_that_the_file_does_not_fill_is_zero() throws BootException {
        byte[] image = Arrays.copyOf(image().array(), SETUP + KERNEL - 15);
        var memory = new FakeMemory(64L << 20);
        LinuxBoot.load(memory, image, NO_INITRD, "", 1);
        assertEquals(KERNEL - 16 & 0xFF, memory.u8(LOAD + KERNEL - 16));
        assertEquals(0, memory.u64(LOAD + KERNEL - 8));
        ByteBuffer shorter = ByteBuffer.wrap(Arrays.copyOf(image, image.length - 1));
        assertTrue(refusal(shorter, 64, NO_INITRD).contains("cut short"));
    }

    @Test
    void a_command_line_that_is_too_long_is_refused() {
        var memory = new FakeMemory(64L << 20);
        String message = assertThrows(BootException.class,
                () -> LinuxBoot.load(memory, image().array(), NO_INITRD, "x".repeat(2048), 1)).getMessage();
        assertTrue(message.contains("2048 bytes; this kernel takes at most 2047"), message);
    }

    @Test
    void a_kernel_that_was_cut_short_anywhere_is_refused() {
        byte[] whole = image().array();
        for (int length = 0; length <= whole.length - 16; length += length < SETUP ? 1 : 97) {
            ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(whole, length)).order(ByteOrder.LITTLE_ENDIAN);
            assertThrows(BootException.class, () -> loadAgain(cut));
        }
    }

    @Test
    void a_mangled_header_is_loaded_or_refused_but_never_worse() {
        var random = new Random(42);
        int refused = 0;
        for (int round = 0; round < 3_000; round++) {
            ByteBuffer image = image();
            for (int i = 0; i < 3; i++) {
                image.put(0x1F1 + random.nextInt(0x7B), (byte) random.nextInt());
            }
            try {
                loadAgain(image);
            } catch (BootException expected) {
                refused++;
            }
        }
        assertTrue(refused > 500, "only " + refused + " were refused");
    }
}
