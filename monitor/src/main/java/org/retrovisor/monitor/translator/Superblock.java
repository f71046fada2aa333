package org.retrovisor.monitor.translator;

import java.util.ArrayList;
import java.util.List;
import org.retrovisor.monitor.interpreter.Block;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Row;

/**
 * What one piece of host code is made of: a block, and those behind it that are reached when conditional jumps are not taken. It has one
 * way in and several ways out, and may end with a jump to its own start.
 *
 * @param instructions all instructions
 * @param ends how many of them the first block has, the first two, and so on
 * @param bytes their length up to each of those ends
 * @param deciding how many bytes from the start on decide that it ends there; see {@link Block#decidingBytes}
 */
record Superblock(Instruction[] instructions, List<Integer> ends, List<Integer> bytes, List<Integer> deciding) {
    private static final int MOST_INSTRUCTIONS = 64;
    private static final int MOST_BLOCKS = 5;

    /** Whether instructions may go into the code that begin so many bytes behind the start and have so many bytes. */
    @FunctionalInterface
    interface Limit {
        boolean allows(int from, int bytes);
    }

    /** From a block on, as far as others were found behind it before. */
    static Superblock from(Block first, Limit limit) {
        List<Instruction> all = new ArrayList<>();
        List<Integer> ends = new ArrayList<>();
        List<Integer> bytes = new ArrayList<>();
        List<Integer> deciding = new ArrayList<>();
        int length = 0;
        Block block = first;
        while (block != null && (block == first || fits(block, all.size(), length, limit))) {
            all.addAll(List.of(block.instructions()));
            ends.add(all.size());
            deciding.add(length + block.decidingBytes());
            length += block.bytes();
            bytes.add(length);
            block = goesOnBehind(all.getLast(), length) && ends.size() < MOST_BLOCKS ? block.following() : null;
        }
        return new Superblock(all.toArray(Instruction[]::new), ends, bytes, deciding);
    }

    private static boolean fits(Block block, int before, int length, Limit limit) {
        return !block.spansPages()
                && before + block.instructions().length <= MOST_INSTRUCTIONS
                && limit.allows(length, block.bytes());
    }

    /** Its first blocks only, without those that begin at an instruction that is {@code count} or later. */
    Superblock upTo(int count) {
        int blocks = 0;
        while (blocks < ends.size() && (blocks == 0 || ends.get(blocks - 1) < count)) {
            blocks++;
        }
        return blocks == ends.size()
                ? this
                : new Superblock(java.util.Arrays.copyOf(instructions, ends.get(blocks - 1)), ends.subList(0, blocks),
                        bytes.subList(0, blocks), deciding.subList(0, blocks));
    }

    /** Length of all instructions. */
    int allBytes() {
        return bytes.getLast();
    }

    /** How many bytes from the start on decide what it is. */
    int decidingBytes() {
        return deciding.getLast();
    }

    private static boolean goesOnBehind(Instruction last, int length) {
        return isConditional(last.row) && last.immediate != -length;
    }

    /** Whether a row is Jcc. */
    static boolean isConditional(Row row) {
        String mnemonic = row.mnemonic();
        return row.endsBlock() && mnemonic.charAt(0) == 'J' && !mnemonic.equals("JMP") && !mnemonic.endsWith("CXZ");
    }

    /** Whether the last instruction is a conditional jump to the start. */
    boolean isLoop() {
        Instruction last = instructions[instructions.length - 1];
        return isConditional(last.row) && last.immediate == -allBytes();
    }
}
