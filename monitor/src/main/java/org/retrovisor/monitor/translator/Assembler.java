package org.retrovisor.monitor.translator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes x86-64 machine code into an array: prefixes, opcode, ModRM and SIB, with registers by their numbers.
 *
 * <p>Operand sizes are in bytes. Jumps within the code go to positions, which are indices into the array.
 */
final class Assembler {
    static final int RAX = 0;
    static final int RSP = 4;
    static final int RBP = 5;
    /** Length of {@link #jumpBackIf}. */
    static final int JUMP_IF_BYTES = 6;

    static final int R11 = 11;
    static final int R12 = 12;
    static final int R13 = 13;
    static final int R14 = 14;
    static final int R15 = 15;

    /** Condition codes of Jcc. */
    static final int BELOW = 2;

    static final int ABOVE_OR_EQUAL = 3;
    static final int EQUAL = 4;
    static final int NOT_EQUAL = 5;
    static final int ABOVE = 7;
    static final int SIGN = 8;

    private byte[] code = new byte[4096];
    private int position;
    private final List<Integer> externals = new ArrayList<>();

    void clear() {
        position = 0;
        externals.clear();
    }

    int position() {
        return position;
    }

    byte[] bytes() {
        return Arrays.copyOf(code, position);
    }

    void byte8(int value) {
        if (position == code.length) {
            code = Arrays.copyOf(code, 2 * position);
        }
        code[position++] = (byte) value;
    }

    void int32(int value) {
        for (int shift = 0; shift < 32; shift += 8) {
            byte8(value >>> shift);
        }
    }

    void int64(long value) {
        int32((int) value);
        int32((int) (value >>> 32));
    }

    /** An immediate of 1, 2 or 4 bytes. */
    void immediate(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            byte8((int) (value >>> 8 * i));
        }
    }

    // ---------------------------------------------------------------- instructions with ModRM

    /** An opcode, map included: 0x89 is one byte, 0x1B6 is 0F B6, 0x2F0 is 0F 38 F0, 0x3xx is 0F 3A xx. */
    private void opcode(int opcode) {
        int map = opcode >> 8;
        if (map > 0) {
            byte8(0x0F);
            if (map > 1) {
                byte8(map == 2 ? 0x38 : 0x3A);
            }
        }
        byte8(opcode);
    }

    private void prefixes(int mandatory, int size, int reg, int index, int base, boolean byteRegisters) {
        if (size == 2) {
            byte8(0x66);
        }
        if (mandatory != 0) {
            byte8(mandatory);
        }
        int rex = (size == 8 ? 8 : 0) | (reg >> 3 & 1) << 2 | (index >> 3 & 1) << 1 | base >> 3 & 1;
        if (rex != 0 || byteRegisters) {
            byte8(0x40 | rex);
        }
    }

    /**
     * An instruction with a register in ModRM.rm.
     *
     * @param mandatory F2 or F3, or 0
     * @param reg register or opcode extension in ModRM.reg
     * @param bytes whether byte registers 4 to 7 mean SPL to DIL, which takes a REX prefix
     */
    void register(int mandatory, int opcode, int size, int reg, int rm, boolean bytes) {
        prefixes(mandatory, size, reg, 0, rm, bytes);
        opcode(opcode);
        byte8(0xC0 | (reg & 7) << 3 | rm & 7);
    }

    void register(int opcode, int size, int reg, int rm) {
        register(0, opcode, size, reg, rm, false);
    }

    /** An instruction with memory at base + displacement. */
    void memory(int mandatory, int opcode, int size, int reg, int base, int displacement, boolean bytes) {
        prefixes(mandatory, size, reg, 0, base, bytes);
        opcode(opcode);
        displaced(reg, base & 7, displacement, (base & 7) == 4 ? 0x24 : -1, (base & 7) == 5);
    }

    void memory(int opcode, int size, int reg, int base, int displacement) {
        memory(0, opcode, size, reg, base, displacement, false);
    }

    /** An instruction with memory at base + index * 2^scale + displacement; {@code base} -1 for none. */
    void indexed(int opcode, int size, int reg, int base, int index, int scale, int displacement) {
        indexed(0, opcode, size, reg, base, index, scale, displacement, false);
    }

    void indexed(
            int mandatory, int opcode, int size, int reg, int base, int index, int scale, int displacement,
            boolean bytes) {
        prefixes(mandatory, size, reg, index, Math.max(base, 0), bytes);
        opcode(opcode);
        int sib = scale << 6 | (index & 7) << 3 | (base < 0 ? 5 : base & 7);
        if (base < 0) {
            byte8((reg & 7) << 3 | 4);
            byte8(sib);
            int32(displacement);
        } else {
            displaced(reg, 4, displacement, sib, (base & 7) == 5);
        }
    }

    private void displaced(int reg, int rm, int displacement, int sib, boolean needsDisplacement) {
        int mod = displacement == 0 && !needsDisplacement ? 0 : displacement == (byte) displacement ? 1 : 2;
        byte8(mod << 6 | (reg & 7) << 3 | rm);
        if (sib >= 0) {
            byte8(sib);
        }
        if (mod == 1) {
            byte8(displacement);
        } else if (mod == 2) {
            int32(displacement);
        }
    }

    /** An instruction with a register in its opcode. */
    void plusRegister(int opcode, int size, int register) {
        prefixes(0, size, 0, 0, register, false);
        opcode(opcode | register & 7);
    }

    /** An instruction of opcode and operand size alone. */
    void plain(int opcode, int size) {
        prefixes(0, size, 0, 0, 0, false);
        opcode(opcode);
    }

    // ---------------------------------------------------------------- single instructions

    void push(int register) {
        plusRegister(0x50, 4, register);
    }

    void pop(int register) {
        plusRegister(0x58, 4, register);
    }

    /** MOV register, register (64 bits). */
    void move(int to, int from) {
        register(0x89, 8, from, to);
    }

    /** MOV register, [base + displacement]. */
    void load(int size, int to, int base, int displacement) {
        memory(0x8B, size, to, base, displacement);
    }

    /** MOV [base + displacement], register. */
    void store(int size, int from, int base, int displacement) {
        memory(0x89, size, from, base, displacement);
    }

    /** MOV register, constant, in the shortest form; no flag changes. */
    void constant(int to, long value) {
        if (value == (value & 0xFFFF_FFFFL)) {
            prefixes(0, 4, 0, 0, to, false);
            byte8(0xB8 | to & 7);
            int32((int) value);
        } else if (value == (int) value) {
            register(0xC7, 8, 0, to);
            int32((int) value);
        } else {
            prefixes(0, 8, 0, 0, to, false);
            byte8(0xB8 | to & 7);
            int64(value);
        }
    }

    /** An arithmetic instruction of group 1 ({@code extension}: 0 ADD, 1 OR, 4 AND, 5 SUB, 7 CMP) with a constant. */
    void arithmetic(int extension, int size, int rm, int value) {
        boolean small = value == (byte) value;
        register(small ? 0x83 : 0x81, size, extension, rm);
        immediate(value, small ? 1 : 4);
    }

    /** The same on memory. */
    void arithmetic(int extension, int size, int base, int displacement, int value) {
        boolean small = value == (byte) value;
        memory(small ? 0x83 : 0x81, size, extension, base, displacement);
        immediate(value, small ? 1 : 4);
    }

    /** A shift of group 2 ({@code extension}: 4 SHL, 5 SHR) by a constant. */
    void shift(int extension, int size, int rm, int count) {
        register(0xC1, size, extension, rm);
        byte8(count);
    }

    // ---------------------------------------------------------------- jumps

    /** Jcc to a position not known yet; returns where to patch it. */
    int jumpIf(int condition) {
        byte8(0x0F);
        byte8(0x80 | condition);
        int32(0);
        return position - 4;
    }

    /** JMP to a position not known yet; returns where to patch it. */
    int jump() {
        byte8(0xE9);
        int32(0);
        return position - 4;
    }

    /** Makes the jump at {@code site} go to the current position. */
    void land(int site) {
        int distance = position - (site + 4);
        for (int i = 0; i < 4; i++) {
            code[site + i] = (byte) (distance >>> 8 * i);
        }
    }

    /** Jcc to a position already emitted. */
    void jumpBackIf(int condition, int to) {
        byte8(0x0F);
        byte8(0x80 | condition);
        int32(to - (position + 4));
    }

    /** JMP to a position already emitted. */
    void jumpBack(int to) {
        byte8(0xE9);
        int32(to - (position + 4));
    }

    /** CALL of a host address, the code standing at {@code origin} when it runs. */
    void call(long origin, long target) {
        byte8(0xE8);
        external(origin, target);
    }

    /** JMP to a host address, the code standing at {@code origin} when it runs. */
    void jumpTo(long origin, long target) {
        byte8(0xE9);
        external(origin, target);
    }

    private void external(long origin, long target) {
        externals.add(position);
        int32(Math.toIntExact(target - (origin + position + 4)));
    }

    /** Positions of the distances to host addresses, which are others when the code stands elsewhere. */
    int[] externals() {
        return externals.stream().mapToInt(Integer::intValue).toArray();
    }
}
