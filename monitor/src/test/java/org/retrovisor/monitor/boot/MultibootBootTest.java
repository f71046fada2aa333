package org.retrovisor.monitor.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MultibootBootTest {
    private static final int LOAD = 0x10_0000;
    private static final int CODE_AT = 0x1000;
    private static final int CODE = 0x400;
    private static final byte[] NO_MODULE = {};

    private final FakeMemory memory = new FakeMemory(32L << 20);

    private static void header(ByteBuffer image, int at, int flags) {
        image.putInt(at, 0x1BAD_B002).putInt(at + 4, flags).putInt(at + 8, -(0x1BAD_B002 + flags));
    }

    private static ByteBuffer blank() {
        ByteBuffer image = ByteBuffer.allocate(CODE_AT + CODE).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.fill(image.array(), CODE_AT, CODE_AT + CODE, (byte) 0xCC);
        return image;
    }

    private static ByteBuffer elf64(long entry, long virtual, long physical, long memorySize) {
        ByteBuffer image = blank();
        image.putInt(0, 0x464C_457F).put(4, (byte) 2).put(5, (byte) 1).putShort(18, (short) 62);
        image.putLong(24, entry).putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 1);
        image.putInt(64, 1).putLong(72, CODE_AT).putLong(80, virtual).putLong(88, physical);
        image.putLong(96, CODE).putLong(104, memorySize);
        header(image, 0x200, 3);
        return image;
    }

    private static ByteBuffer elf32() {
        ByteBuffer image = blank();
        image.putInt(0, 0x464C_457F).put(4, (byte) 1).put(5, (byte) 1).putShort(18, (short) 3);
        image.putInt(24, LOAD + 8).putInt(28, 52).putShort(42, (short) 32).putShort(44, (short) 1);
        image.putInt(52, 1).putInt(56, CODE_AT).putInt(60, LOAD).putInt(64, LOAD).putInt(68, CODE).putInt(72, CODE);
        header(image, 0x200, 3);
        return image;
    }

    private BootState load(ByteBuffer image, byte[] module) throws BootException {
        return MultibootBoot.load(memory, image.array(), module, "test=1", 1);
    }

    private String refusal(ByteBuffer image) {
        return assertThrows(BootException.class, () -> load(image, NO_MODULE)).getMessage();
    }

    @Test
    void an_elf64_kernel_is_loaded_and_entered_in_protected_mode() throws BootException {
        BootState state = load(elf64(LOAD + 16, LOAD, LOAD, 0x8000), NO_MODULE);
        assertEquals(BootState.Mode.PROTECTED_32, state.mode());
        assertEquals(LOAD + 16, state.rip());
        assertEquals(0x2BAD_B002L, state.registers().get(0));
        assertEquals(LowMemory.PARAMETERS, state.registers().get(3));
        assertEquals(0x11, state.cr0());
        assertEquals(0, state.efer());
        assertEquals(0xCCCC_CCCCL, memory.u32(LOAD));
        assertEquals(0x00CF_9B00_0000_FFFFL, memory.u64(state.gdtBase() + 0x10));
    }

    @Test
    void an_entry_in_the_higher_half_is_brought_down() throws BootException {
        long base = 0xFFFF_FFFF_8000_0000L;
        BootState state = load(elf64(base + LOAD + 32, base + LOAD, LOAD, 0x8000), NO_MODULE);
        assertEquals(LOAD + 32, state.rip());
    }

    @Test
    void an_elf32_kernel_is_loaded() throws BootException {
        assertEquals(LOAD + 8, load(elf32(), NO_MODULE).rip());
        assertEquals(0xCC, memory.u8(LOAD + CODE - 1));
    }

    @Test
    void a_header_with_addresses_loads_an_image_of_any_format() throws BootException {
        ByteBuffer image = blank();
        header(image, 0x40, 0x1_0003);
        image.putInt(0x4C, LOAD + 0x40).putInt(0x50, LOAD).putInt(0x54, 0).putInt(0x58, LOAD + 0x1_0000)
                .putInt(0x5C, LOAD + CODE_AT);
        BootState state = load(image, NO_MODULE);
        assertEquals(LOAD + CODE_AT, state.rip());
        assertEquals(0x1BAD_B002L, memory.u32(LOAD + 0x40));
        assertEquals(0xCC, memory.u8(LOAD + CODE_AT));
    }

    @Test
    void the_information_structure_describes_memory_command_line_and_module() throws BootException {
        byte[] module = "a module".getBytes(StandardCharsets.US_ASCII);
        long info = load(elf64(LOAD, LOAD, LOAD, 0x8123), module).registers().get(3);
        assertEquals(0x24D, memory.u32(info));
        assertEquals(639, memory.u32(info + 4));
        assertEquals((32 - 1) * 1024 - 64, memory.u32(info + 8));
        assertEquals("test=1\0", memory.text(memory.u32(info + 16), 7));
        assertEquals(1, memory.u32(info + 20));
        long start = memory.u32(memory.u32(info + 24));
        assertEquals(LOAD + 0x9000, start, "the next page behind the zeroed part");
        assertEquals(start + module.length, memory.u32(memory.u32(info + 24) + 4));
        assertArrayEquals(module, memory.bytes(start, module.length));
        assertEquals(5 * 24, memory.u32(info + 44));
        long map = memory.u32(info + 48);
        assertEquals(20, memory.u32(map));
        assertEquals(MemoryMap.EXTENDED_BIOS_DATA, memory.u64(map + 12));
        assertEquals(1, memory.u32(map + 20));
        assertEquals("Retrovisor\0", memory.text(memory.u32(info + 64), 11));
    }

    @Test
    void segments_outside_of_memory_are_refused() {
        assertTrue(refusal(elf64(LOAD, LOAD, LOAD, 64L << 20)).contains("needs at least 66M, the machine has 32M"));
        assertTrue(refusal(elf64(0x1000, 0x1000, 0x1000, CODE)).contains("physical address 0x1000"));
        assertTrue(refusal(elf64(0xB8000, 0xB8000, 0xB8000, CODE)).contains("physical address 0xb8000"));
        refusal(elf64(-16, -16, -16, CODE));
        refusal(elf64(LOAD, LOAD, LOAD, -1));
        refusal(elf64(LOAD, LOAD, LOAD, 8)); // more in the file than in memory
    }

    @Test
    void an_entry_point_that_is_not_loaded_is_refused() {
        assertTrue(refusal(elf64(0x5000_0000, LOAD, LOAD, CODE)).contains("entry point 0x50000000"));
    }

    @Test
    void unknown_demands_are_refused() {
        ByteBuffer image = elf64(LOAD, LOAD, LOAD, CODE);
        header(image, 0x200, 0x13);
        assertTrue(refusal(image).contains("flags 0x10"));
    }

    @Test
    void a_module_that_does_not_fit_is_refused() {
        String message = assertThrows(BootException.class,
                () -> load(elf64(LOAD, LOAD, LOAD, CODE), new byte[40 << 20])).getMessage();
        assertTrue(message.contains("at least 42M"), message);
    }

    @Test
    void an_image_that_was_cut_short_is_refused() {
        byte[] whole = elf64(LOAD, LOAD, LOAD, CODE).array();
        for (int length = 0; length < whole.length; length += 7) {
            refusal(ByteBuffer.wrap(Arrays.copyOf(whole, length)));
        }
    }

    @Test
    void a_mangled_image_is_loaded_or_refused_but_never_worse() {
        var random = new Random(43);
        int refused = 0;
        for (int round = 0; round < 3_000; round++) {
            ByteBuffer image = round % 2 == 0 ? elf64(LOAD, LOAD, LOAD, CODE) : elf32();
            for (int i = 0; i < 3; i++) {
                image.put(4 + random.nextInt(116), (byte) random.nextInt());
            }
            try {
                load(image, NO_MODULE);
            } catch (BootException expected) {
                refused++;
            }
        }
        assertTrue(refused > 500, "only " + refused + " were refused");
    }

    @Test
    void files_that_are_no_kernels_are_named() {
        String[][] files = {{"\u007FELF" + "x".repeat(100), "ELF file without a multiboot header"},
            {"070701000", "cpio archive"}, {"#!/bin/sh\n", "a script"}, {"\u001F\u008B\b", "a gzip file"},
            {"hello", "neither a Linux bzImage nor a multiboot image"}, {"", "empty"},
            {"MZ" + "\0".repeat(2000), "DOS, Windows or EFI"}};
        for (String[] file : files) {
            byte[] bytes = file[0].getBytes(StandardCharsets.ISO_8859_1);
            String message = assertThrows(BootException.class, () -> BootImage.detect(bytes)).getMessage();
            assertTrue(message.contains(file[1]), message);
        }
    }

    @Test
    void a_multiboot_image_is_recognized() throws BootException {
        assertEquals(BootImage.Kind.MULTIBOOT, BootImage.detect(elf32().array()));
    }
}
