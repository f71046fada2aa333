package org.retrovisor.monitor.isa;

import java.io.ByteArrayOutputStream;
import java.util.stream.IntStream;

/**
 * A program of every opcode in every opcode map behind every mandatory prefix, with each ModRM.reg and a register and
 * a memory operand, and the same with a VEX prefix of both lengths. NOPs stand between, so that a disassembler finds
 * the next instruction whatever it makes of this one.
 */
final class EveryEncoding {
    private static final int NOP = 0x90;
    private static final int[] MANDATORY = {-1, 0x66, 0xF3, 0xF2};
    private static final int[][] ESCAPES = {{}, {0x0F}, {0x0F, 0x38}, {0x0F, 0x3A}};
    private static final int REX_W = 0x48;
    private static final int VEX = 0xC4;
    private static final int NO_VVVV = 0x78;
    private static final int LONGEST_IMMEDIATE = 8;

    private final ByteArrayOutputStream program = new ByteArrayOutputStream();

    private EveryEncoding() {}

    /** The program; {@code rex}: each instruction with REX.W, too. */
    static byte[] program(boolean rex) {
        EveryEncoding every = new EveryEncoding();
        for (int prefix : MANDATORY) {
            for (int[] escape : ESCAPES) {
                every.opcodes(bytes(prefix, -1, escape));
                if (rex) {
                    every.opcodes(bytes(prefix, REX_W, escape));
                }
            }
        }
        for (int map = 1; map < ESCAPES.length; map++) {
            for (int last = 0; last < 16; last++) { // W, L and the mandatory prefix
                every.opcodes(new int[]{VEX, 0xE0 | map, NO_VVVV | (last & 8) << 4 | last & 7});
            }
        }
        return every.program.toByteArray();
    }

    private static int[] bytes(int prefix, int rex, int[] escape) {
        return IntStream.concat(
                IntStream.of(prefix, rex).filter(b -> b >= 0),
                IntStream.of(escape)).toArray();
    }

    private void opcodes(int[] before) {
        for (int opcode = 0; opcode < 256; opcode++) {
            for (int reg = 0; reg < 8; reg++) {
                instruction(before, opcode, 0xC1 | reg << 3);
                instruction(before, opcode, 0x03 | reg << 3);
            }
        }
    }

    private void instruction(int[] before, int opcode, int modRm) {
        for (int b : before) {
            program.write(b);
        }
        program.write(opcode);
        program.write(modRm);
        for (int i = 0; i < LONGEST_IMMEDIATE; i++) {
            program.write(NOP);
        }
    }
}
