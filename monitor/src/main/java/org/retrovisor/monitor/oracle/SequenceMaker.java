package org.retrovisor.monitor.oracle;

import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.LongSupplier;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.oracle.SequenceRows.Theme;

/**
 * Makes sequences and states for them. A sequence grows by one instruction after another: the state that it starts in is
 * changed as that instruction alone would need it, and the interpreter goes through all of them; when it does not come to the end,
 * or a result would depend on something undefined, another instruction is tried.
 */
final class SequenceMaker {
    private static final int MOST_INSTRUCTIONS = 8;
    private static final int ATTEMPTS = 8;
    /** What the encodings of a row are chosen by; see {@link EncodingWriter#write}. */
    private static final int FORMS = 120;

    private static final int SHORT_JUMP_BYTES = 2;

    private final Decoder decoder = new Decoder(InstructionTable.complete());
    private final HostPages pages;
    private final CodeSize codeSize;
    private final Random random;
    private final SequenceRows rows;
    private final Preparations preparations = Preparations.standard();
    private final VendorDifferences vendor;
    private final GuestProcessor interpreter;
    private final OperandReach reach;
    private final StateMaker maker;
    private final CpuState fresh = new CpuState();
    private final CpuState adjusted = new CpuState();
    private final CpuState start = new CpuState();
    private Theme theme;
    private boolean mmx;

    SequenceMaker(HostPages pages, CodeSize codeSize, Random random, SequenceRows rows, GuestProcessor interpreter,
            boolean upperHalves) {
        this.pages = pages;
        this.codeSize = codeSize;
        this.random = random;
        this.rows = rows;
        this.interpreter = interpreter;
        vendor = new VendorDifferences(pages);
        reach = new OperandReach(pages);
        maker = new StateMaker(pages, codeSize, random, preparations, upperHalves);
    }

    /** A start without a sequence: a state for any instruction of a theme. */
    Sequence empty(long address, CpuState state) {
        choose(address);
        state.copyFrom(start);
        return new Sequence(address, List.of());
    }

    private void choose(long address) {
        theme = Theme.any(random);
        mmx = theme == Theme.VECTORS && random.nextInt(4) == 0;
        maker.make(address, theme == Theme.X87, mmx, start);
    }

    /** A sequence for an address, of two instructions or more; {@code trail} is what it does in its first state. */
    Sequence make(long address, Trail trail) {
        while (true) {
            choose(address);
            Sequence sequence = new Sequence(address, List.of());
            int wanted = 2 + random.nextInt(MOST_INSTRUCTIONS - 1);
            for (int attempt = 0; attempt < ATTEMPTS * wanted && sequence.instructions().size() < wanted; attempt++) {
                boolean jumps = sequence.instructions().size() + 2 <= wanted && random.nextInt(8) == 0;
                sequence = longer(sequence, jumps, trail);
            }
            // the last attempt may have left another one in memory
            if (sequence.instructions().size() >= 2 && runs(sequence, start, trail)) {
                return sequence;
            }
        }
    }

    /** The sequence with one more instruction, or with a conditional jump over one more; or as it is when that does not work. */
    private Sequence longer(Sequence sequence, boolean jumps, Trail trail) {
        Encoding next = encoding(sequence.end() + (jumps ? SHORT_JUMP_BYTES : 0));
        if (next == null || next.next() - sequence.address() > Sequence.MOST_BYTES) {
            return sequence;
        }
        Sequence longer = jumps ? sequence.with(jumpOver(sequence.end(), next)).with(next) : sequence.with(next);
        adjusted.copyFrom(start);
        maker.adjust(next, adjusted);
        if (runs(longer, adjusted, trail)) {
            start.copyFrom(adjusted);
            return longer;
        }
        return runs(longer, start, trail) ? longer : sequence;
    }

    private Encoding encoding(long address) {
        return encoding(address, () -> StateMaker.operandAddress(pages, random));
    }

    /** An instruction that goes with the sequence made last. */
    Encoding encoding(long address, LongSupplier targets) {
        return encoding(address, targets, rows.any(theme, random));
    }

    /** The same of one of these mnemonics. */
    Encoding encoding(long address, LongSupplier targets, Set<String> mnemonics) {
        Row row = rows.anyOf(mnemonics, random);
        return row == null ? null : encoding(address, targets, row);
    }

    /** An instruction that programs may not execute. */
    Encoding refused(long address, LongSupplier targets) {
        return encoding(address, targets, rows.anyRefused(random));
    }

    /** Null when what came of a row does not go with the sequence, or this host's maker differs in it. */
    private Encoding encoding(long address, LongSupplier targets, Row row) {
        byte[] bytes = new EncodingWriter(row, codeSize, random, targets, address).write(random.nextInt(FORMS));
        Encoding encoding = decode(bytes, address);
        boolean well = encoding != null && encoding.instruction().row == row && preparations.admits(encoding)
                && !vendor.concernHere(encoding, codeSize);
        return well && (!StateMaker.usesMmx(encoding) || mmx || theme == Theme.X87) ? encoding : null;
    }

    private Encoding jumpOver(long address, Encoding next) {
        return decode(new byte[]{(byte) rows.anyJump(random).opcode(), (byte) next.bytes().length}, address);
    }

    /** The same bytes behind a prefix, whether they are an instruction then or not. */
    Encoding prefixed(int prefix, Encoding encoding) {
        byte[] bytes = new byte[encoding.bytes().length + 1];
        bytes[0] = (byte) prefix;
        System.arraycopy(encoding.bytes(), 0, bytes, 1, bytes.length - 1);
        return new Encoding(bytes, encoding.instruction(), encoding.address());
    }

    private Encoding decode(byte[] bytes, long address) {
        Instruction instruction = decoder.decode(bytes, 0, bytes.length, codeSize);
        return instruction == null || instruction.length != bytes.length
                ? null
                : new Encoding(bytes, instruction, address);
    }

    private boolean runs(Sequence sequence, CpuState before, Trail trail) {
        interpreter.define(sequence);
        return follows(sequence, before, trail);
    }

    /** The first state of the sequence that was made last. */
    void first(CpuState state) {
        state.copyFrom(start);
    }

    /**
     * Another state for the sequence that was made last: everything new, or the general registers as in the first state when the
     * interpreter does not get through otherwise.
     *
     * @return whether it does
     */
    boolean another(Sequence sequence, CpuState state, Trail trail) {
        maker.make(sequence.address(), theme == Theme.X87, mmx, fresh);
        state.copyFrom(fresh);
        sequence.instructions().forEach(encoding -> maker.adjust(encoding, state));
        if (follows(sequence, state, trail)) {
            return true;
        }
        state.copyFrom(fresh);
        System.arraycopy(start.gpr, 0, state.gpr, 0, state.gpr.length);
        return follows(sequence, state, trail);
    }

    private boolean follows(Sequence sequence, CpuState state, Trail trail) {
        return interpreter.follow(sequence, state, reach, trail) && LeftOpen.of(trail).isKnown();
    }
}
