package org.retrovisor.monitor.oracle;

import java.io.ByteArrayOutputStream;
import java.util.Random;
import java.util.function.LongSupplier;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Operand;
import org.retrovisor.monitor.isa.Prefix;
import org.retrovisor.monitor.isa.Row;

/** Writes one encoding of a row, choosing at random what the row leaves open. */
final class EncodingWriter {
    private final Row row;
    private final boolean mode64;
    private final Random random;
    private final LongSupplier targets;
    private final long address;
    private final ByteArrayOutputStream tail = new ByteArrayOutputStream();
    private int rex;
    private boolean anyRex;
    private boolean memory;
    private boolean ripRelative;
    private int ripFixup;

    EncodingWriter(Row row, CodeSize codeSize, Random random, HostPages pages, long address) {
        this(row, codeSize, random, () -> StateMaker.operandAddress(pages, random), address);
    }

    /** One whose operands without a base register are at these targets. */
    EncodingWriter(Row row, CodeSize codeSize, Random random, LongSupplier targets, long address) {
        this.row = row;
        this.mode64 = codeSize == CodeSize.BITS_64;
        this.random = random;
        this.targets = targets;
        this.address = address;
    }

    /** The bytes; {@code attempt} makes sure that all combinations of form and size come up. */
    byte[] write(int attempt) {
        boolean wide = mode64 && (row.is(Attribute.W1) || !row.is(Attribute.W0) && attempt % 3 == 1);
        // with 66, near jumps are 16 bits wide on AMD processors and 64 bits wide on Intel's
        boolean far = row.operands().stream().anyMatch(o -> o.place() == 'A');
        if (row.vex()) {
            return writeVex(attempt);
        }
        boolean narrow = attempt % 3 == 2 && !row.is(Attribute.F64) && !far && (row.prefix() == Prefix.ANY || sized());
        memory = row.form() != Row.Form.REGISTER && (row.form() == Row.Form.MEMORY || attempt / 3 % 2 == 0);
        boolean shortAddress = random.nextInt(8) == 0 && (mode64 || withoutAccess());
        rex = wide ? 8 : 0;
        anyRex = mode64 && random.nextInt(3) == 0;
        int opcode = row.opcode();
        if (row.plusR()) {
            int register = random.nextInt(anyRex ? 16 : 8);
            opcode += register & 7;
            rex |= register >> 3;
        }
        if (row.hasModRm()) {
            modRm();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        prefixes(out, narrow, shortAddress);
        if (rex != 0 || anyRex) {
            out.write(0x40 | rex);
        }
        opcodeBytes(out, opcode);
        ByteArrayOutputStream immediates = new ByteArrayOutputStream();
        int natural = mode64 && row.is(Attribute.D64) ? 8 : 4;
        int size = wide || mode64 && row.is(Attribute.F64) ? 8 : narrow ? 2 : natural;
        for (Operand operand : row.operands()) {
            immediate(immediates, operand, size, shortAddress, out.size() + tail.size());
        }
        byte[] addressing = tail.toByteArray();
        if (ripRelative) {
            fixRipRelative(addressing, out.size() + addressing.length + immediates.size());
        }
        out.writeBytes(addressing);
        out.writeBytes(immediates.toByteArray());
        return out.toByteArray();
    }

    /** An encoding with a VEX prefix: two bytes long where that will do, half of the time. */
    private byte[] writeVex(int attempt) {
        boolean either = !row.is(Attribute.W0) || !mode64 && row.is(Attribute.WIG32);
        boolean wide = row.is(Attribute.W1) || either && attempt % 2 == 1;
        memory = row.form() != Row.Form.REGISTER && (row.form() == Row.Form.MEMORY || attempt / 3 % 2 == 0);
        rex = 0;
        if (row.hasModRm()) {
            modRm();
        }
        int length = row.is(Attribute.L1) || !row.is(Attribute.L0) && random.nextBoolean() ? 4 : 0;
        boolean third = row.operands().stream().anyMatch(o -> o.place() == 'H' || o.place() == 'B');
        int last = (third ? ~vvvvRegister() & 15 : 15) << 3 | length | row.prefix().implied();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (mode64 && random.nextInt(8) == 0) {
            out.write(0x67);
        }
        if (row.map() == 1 && !wide && (rex & 3) == 0 && random.nextBoolean()) {
            out.write(0xC5);
            out.write((rex & 4) != 0 ? last : last | 0x80);
        } else {
            out.write(0xC4);
            out.write((~rex & 7) << 5 | row.map());
            out.write(last | (wide ? 0x80 : 0));
        }
        out.write(row.opcode());
        ByteArrayOutputStream immediates = new ByteArrayOutputStream();
        for (Operand operand : row.operands()) {
            if (operand.place() == 'I' || operand.place() == 'L') {
                immediates.write((int) interesting());
            }
        }
        byte[] addressing = tail.toByteArray();
        if (ripRelative) {
            fixRipRelative(addressing, out.size() + addressing.length + immediates.size());
        }
        out.writeBytes(addressing);
        out.writeBytes(immediates.toByteArray());
        return out.toByteArray();
    }

    /** Never RSP as a general register. */
    private int vvvvRegister() {
        int register = register();
        return register == 4 ? 6 : register;
    }

    /** Whether 16-bit addresses, which lead to no page of the host, would not be used for an access. */
    private boolean withoutAccess() {
        return row.mnemonic().equals("LEA") || row.operands().stream().anyMatch(o -> o.place() == 'J');
    }

    private boolean sized() {
        return row.operands().stream().anyMatch(Encodings::sized);
    }

    private void prefixes(ByteArrayOutputStream out, boolean narrow, boolean shortAddress) {
        if (row.lockable() && memory && random.nextInt(4) == 0) {
            out.write(0xF0);
        }
        if (narrow) {
            out.write(0x66);
        }
        if (shortAddress) {
            out.write(0x67);
        }
        switch (row.prefix()) {
            case P66 -> out.write(0x66);
            case PF2 -> out.write(0xF2);
            case PF3 -> out.write(0xF3);
            default -> {
                if (isString() && random.nextInt(3) != 0) {
                    out.write(random.nextBoolean() ? 0xF3 : 0xF2);
                }
            }
        }
    }

    private boolean isString() {
        return row.operands().stream().anyMatch(o -> o.place() == 'X' || o.place() == 'Y')
                && !row.mnemonic().equals("XLAT");
    }

    private void opcodeBytes(ByteArrayOutputStream out, int opcode) {
        if (row.map() > 0) {
            out.write(0x0F);
        }
        if (row.map() > 1) {
            out.write(row.map() == 2 ? 0x38 : 0x3A);
        }
        out.write(opcode);
    }

    // ---------------------------------------------------------------- ModRM

    private void modRm() {
        if (row.modRm() >= 0) {
            memory = false;
            tail.write(row.modRm() + random.nextInt(row.modRmCount()));
            return;
        }
        int reg = row.extension() >= 0 ? row.extension() : register();
        rex |= reg >> 3 << 2;
        if (memory) {
            memoryForm(reg & 7);
        } else {
            int rm = register();
            rex |= rm >> 3;
            tail.write(0xC0 | (reg & 7) << 3 | rm & 7);
        }
    }

    private int register() {
        return random.nextInt(mode64 && random.nextInt(3) == 0 ? 16 : 8);
    }

    private void memoryForm(int reg) {
        switch (row.is(Attribute.VSIB) ? 2 : random.nextInt(6)) {
            case 0 -> {
                ripRelative = mode64;
                tail.write(reg << 3 | 5);
                ripFixup = tail.size();
                int32((int) target());
            }
            case 1 -> {
                tail.write(reg << 3 | 4);
                tail.write(0x25);
                int32((int) target());
            }
            case 2, 3 -> withIndex(reg);
            default -> withBase(reg);
        }
    }

    private void withBase(int reg) {
        int base = register();
        rex |= base >> 3;
        int mod = displacementSize(base);
        tail.write(mod << 6 | reg << 3 | base & 7);
        if ((base & 7) == 4) {
            tail.write(0x24);
        }
        displacement(mod);
    }

    private void withIndex(int reg) {
        int base = register();
        int index = register();
        rex |= base >> 3 | index >> 3 << 1;
        int mod = displacementSize(base);
        tail.write(mod << 6 | reg << 3 | 4);
        tail.write(random.nextInt(4) << 6 | (index & 7) << 3 | base & 7);
        displacement(mod);
    }

    /** ModRM.mod: base 5 needs a displacement, and RSP must not leave the stack. */
    private int displacementSize(int base) {
        if (base == 4) {
            return random.nextInt(2);
        }
        return (base & 7) == 5 ? 1 + random.nextInt(2) : random.nextInt(3);
    }

    private void displacement(int mod) {
        if (mod == 1) {
            tail.write(random.nextInt(256));
        } else if (mod == 2) {
            int32(random.nextInt());
        }
    }

    private long target() {
        return targets.getAsLong();
    }

    private void fixRipRelative(byte[] addressing, int length) {
        int displacement = (int) (target() - (address + length));
        for (int i = 0; i < 4; i++) {
            addressing[ripFixup + i] = (byte) (displacement >> 8 * i);
        }
    }

    private void int32(int value) {
        little(tail, value, 4);
    }

    private static void little(ByteArrayOutputStream out, long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >> 8 * i));
        }
    }

    // ---------------------------------------------------------------- immediates

    private void immediate(ByteArrayOutputStream out, Operand operand, int size, boolean shortAddress, int before) {
        switch (operand.place()) {
            case 'I' -> little(out, interesting(), bytes(operand, size));
            case 'J' -> {
                int bytes = operand.size().equals("b") ? 1 : 4;
                long landing = Landing.target(address, random.nextBoolean());
                little(out, landing - (address + before + bytes), bytes);
            }
            case 'A' -> {
                little(out, Landing.target(address, random.nextBoolean()), 4);
                little(out, SystemPreparations.CODE_32, 2);
            }
            case 'O' -> little(out, target(), shortAddress || !mode64 ? 4 : 8);
            default -> {}
        }
    }

    private static int bytes(Operand operand, int size) {
        return switch (operand.size()) {
            case "b" -> 1;
            case "w" -> 2;
            case "z" -> Math.min(size, 4);
            case "v" -> size;
            default -> 4;
        };
    }

    private long interesting() {
        return random.nextInt(3) == 0 ? random.nextLong() : random.nextInt(80);
    }
}
