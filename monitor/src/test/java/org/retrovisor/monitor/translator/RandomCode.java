package org.retrovisor.monitor.translator;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Row;

/**
 * Random code of many short blocks that jump to each other. Where the decoder finds the end of an instruction decides
 * how long it is, so that operands need no knowledge of their own here.
 */
final class RandomCode {
    /** Rows without a rule that are common in real code or awkward. */
    private static final Set<String> OTHERS = Set.of("STC", "CLC", "CMC", "BT", "BTS", "BTR", "BSF", "BSR", "SHLD",
            "SHRD", "IDIV", "RCL", "RCR", "LAHF", "SAHF", "PUSHF", "STOS", "MOVS", "SCAS", "XLAT", "ENTER");
    /** CLI, STI, CLD, STD, SWAPGS, CLAC, STAC, FNINIT. */
    private static final List<String> SYSTEM = List.of("fa", "fb", "fc", "fc", "fd", "0f01f8", "0f01ca", "0f01cb",
            "dbe3");
    /** REP MOVS and STOS of all sizes. */
    private static final List<String> STRINGS = List.of("f3a4", "f366a5", "f3a5", "f348a5", "f3aa", "f366ab", "f3ab",
            "f348ab");
    private static final int RCX = 1;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final int[] POINTERS = {3, 5, 6, 12, 13};
    private static final long[] PAGES = {TwinGuest.DATA, TwinGuest.DATA, TwinGuest.DATA, TwinGuest.DATA,
        TwinGuest.READ_ONLY, TwinGuest.ABSENT, TwinGuest.CODE, TwinGuest.ALIAS};

    private final Random random;
    private final Decoder decoder = new Decoder(InstructionTable.standard());
    private final List<Row> ruled = new ArrayList<>();
    private final List<Row> others = new ArrayList<>();

    RandomCode(Random random) {
        this.random = random;
        Set<String> names = Translator.translatedRows();
        for (Row row : InstructionTable.standard().rows()) {
            boolean usable = !row.is(Attribute.I64) && !row.privileged() && !row.crossesBoundary() && !row.endsBlock();
            if (usable && names.contains(row.name())) {
                ruled.add(row);
            } else if (usable && OTHERS.contains(row.mnemonic())) {
                others.add(row);
            }
        }
    }

    /** One instruction that does not transfer control. */
    byte[] instruction() {
        while (true) {
            List<Row> from = random.nextInt(8) == 0 ? others : ruled;
            Row row = from.get(random.nextInt(from.size()));
            byte[] bytes = encode(row);
            Instruction decoded = decoder.decode(bytes, 0, bytes.length, CodeSize.BITS_64);
            if (decoded != null && decoded.row == row) {
                return java.util.Arrays.copyOf(bytes, decoded.length);
            }
        }
    }

    private byte[] encode(Row row) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (random.nextInt(6) == 0) {
            out.write(random.nextBoolean() ? 0x66 : random.nextBoolean() ? 0x64 : 0x65);
        }
        switch (row.prefix()) {
            case P66 -> out.write(0x66);
            case PF2 -> out.write(0xF2);
            case PF3 -> out.write(0xF3);
            default -> {}
        }
        int rex = random.nextInt(4) == 0 ? 0 : 0x40 | random.nextInt(16);
        boolean memory = row.hasModRm() && row.form() != Row.Form.REGISTER
                && (row.form() == Row.Form.MEMORY || random.nextInt(3) == 0);
        int pointer = POINTERS[random.nextInt(POINTERS.length)];
        if (memory) {
            rex = 0x40 | rex & 12 | pointer >> 3; // the index is not extended
        }
        if (rex != 0) {
            out.write(rex);
        }
        if (row.map() > 0) {
            out.write(0x0F);
        }
        if (row.map() > 1) {
            out.write(row.map() == 2 ? 0x38 : 0x3A);
        }
        out.write(row.opcode() + (row.plusR() ? random.nextInt(8) : 0));
        if (row.hasModRm()) {
            modRm(out, row, memory, pointer & 7);
        }
        boolean small = random.nextInt(3) != 0;
        for (int i = 0; i < 10; i++) {
            out.write(small ? i == 0 ? random.nextInt(70) : 0 : random.nextInt(256));
        }
        return out.toByteArray();
    }

    private void modRm(ByteArrayOutputStream out, Row row, boolean memory, int pointer) {
        int field = (row.extension() >= 0 ? row.extension() : random.nextInt(8)) << 3;
        if (!memory) {
            out.write(row.modRm() >= 0 ? row.modRm() : 0xC0 | field | random.nextInt(8));
        } else if (pointer == 4 || random.nextInt(4) == 0) {
            out.write(0x44 | field);
            out.write(0x20 | pointer); // no index
            out.write(random.nextInt(256));
        } else {
            out.write(0x40 | field | pointer);
            out.write(random.nextInt(256));
        }
    }

    /** MOV of a pointer register: to where an access hits, faults or changes code. */
    byte[] pointer(int register) {
        long page = PAGES[random.nextInt(PAGES.length)];
        long offset = random.nextInt(6) == 0 ? 0xFF0 + random.nextInt(16) : 128 + random.nextInt(3800);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0x48 | register >> 3);
        out.write(0xC7);
        out.write(0xC0 | register & 7);
        int32(out, (int) (page + offset));
        return out.toByteArray();
    }

    private byte[] one(List<String> encodings) {
        return HexFormat.of().parseHex(encodings.get(random.nextInt(encodings.size())));
    }

    /** A repeated string instruction, its pointers and its count. */
    private byte[] string() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(pointer(RSI));
        out.writeBytes(pointer(RDI));
        out.writeBytes(new byte[]{0x48, (byte) 0xC7, (byte) (0xC0 | RCX)});
        int32(out, random.nextInt(4) == 0 ? random.nextInt(600) : random.nextInt(12));
        out.writeBytes(one(STRINGS));
        return out.toByteArray();
    }

    /**
     * 2 to 12 instructions that end by going to others, which stand at {@code starts}; conditional jumps in their midst go there, too, or
     * back to the start.
     */
    byte[] block(long at, List<Long> starts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (random.nextBoolean()) {
            out.writeBytes(pointer(POINTERS[random.nextInt(POINTERS.length)]));
        }
        boolean jumps = random.nextInt(4) != 0;
        int count = 2 + random.nextInt(11);
        for (int i = 0; i < count; i++) {
            out.writeBytes(switch (random.nextInt(16)) {
                case 0 -> one(SYSTEM);
                case 1 -> string();
                default -> instruction();
            });
            if (jumps && random.nextInt(3) == 0) {
                if (random.nextInt(3) != 0) {
                    out.writeBytes(compare());
                }
                jumpIf(out, at, random.nextInt(3) == 0 ? at : starts.get(random.nextInt(starts.size())));
            }
        }
        finish(out, at, starts);
        return out.toByteArray();
    }

    /** ADD, SUB or CMP of a register and a small constant, or TEST of two registers: loops end with them. */
    private byte[] compare() {
        int rex = 0x40 | random.nextInt(2) << 3;
        int registers = 0xC0 | random.nextInt(8);
        return switch (random.nextInt(4)) {
            case 0 -> new byte[]{(byte) rex, (byte) 0x85, (byte) (registers | random.nextInt(8) << 3)};
            case 1 -> new byte[]{(byte) rex, (byte) 0x83, (byte) registers, 1};
            default -> new byte[]{(byte) rex, (byte) 0x83, (byte) (registers | (random.nextBoolean() ? 0x28 : 0x38)),
                (byte) random.nextInt(9)};
        };
    }

    private void jumpIf(ByteArrayOutputStream out, long at, long target) {
        out.write(0x0F);
        near(out, at, target, 0x80 + random.nextInt(16));
    }

    private void finish(ByteArrayOutputStream out, long at, List<Long> starts) {
        long target = starts.get(random.nextInt(starts.size()));
        switch (random.nextInt(6)) {
            case 0 -> near(out, at, target, 0xE8);
            case 1 -> { // mov rax, target; jmp rax, or call rax
                out.writeBytes(new byte[]{0x48, (byte) 0xC7, (byte) 0xC0});
                int32(out, (int) target);
                out.write(0xFF);
                out.write(random.nextBoolean() ? 0xE0 : 0xD0);
            }
            case 2 -> { // push target; ret
                out.write(0x68);
                int32(out, (int) target);
                out.write(0xC3);
            }
            default -> jumpIf(out, at, target);
        }
        near(out, at, starts.get(random.nextInt(starts.size())), 0xE9);
    }

    /** A jump with a distance of 32 bits behind a one-byte opcode. */
    static void near(ByteArrayOutputStream out, long at, long target, int opcode) {
        out.write(opcode);
        int32(out, (int) (target - (at + out.size() + 4)));
    }

    static void int32(ByteArrayOutputStream out, int value) {
        for (int i = 0; i < 4; i++) {
            out.write(value >> 8 * i);
        }
    }
}
