package org.retrovisor.monitor.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
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
        assertTrue(refusal(image(), 40, new byte[32 << 20]).contains("initial RAM disk of 32M"));
    }

    @Test
    void kernels_that_cannot_be_entered_are_told_apart() {
        ByteBuffer old = image();
        old.putShort(0x206, (short) 0x204);
        assertTrue(refusal(old, 64, NO_INITRD).contains("boot protocol 2.4"));
        ByteBuffer narrow = image();
        narrow.putShort(0x236, (short) 0);
        assertTrue(refusal(narrow, 64, NO_INITRD).contains("no 64-bit entry"));
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
        for (int length = 0; length < whole.length; length += length < SETUP ? 1 : 97) {
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
