package org.retrovisor.monitor.interpreter;

import java.util.ArrayList;
import java.util.List;
import org.retrovisor.monitor.FootprintRecorder;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.Mmu;

/** Decoded code by physical page frame, shared by all processors. */
final class BlockCache {
    /** Longest block, in instructions: short enough that an interrupt request is noticed soon. */
    static final int LONGEST = 32;

    private static final int PAGE = GuestMemory.PAGE;

    private final GuestMemory memory;
    private final SemanticsTable semantics;
    private final FootprintRecorder footprint;
    private final Decoder decoder;
    private final FrameCode[] frames;
    private final byte[] window = new byte[PAGE + 16];
    private KnownBlocks others = KnownBlocks.NONE;

    BlockCache(
            GuestMemory memory, Decoder decoder, SemanticsTable semantics, FootprintRecorder footprint) {
        this.decoder = decoder;
        this.footprint = footprint;
        this.memory = memory;
        this.semantics = semantics;
        this.frames = new FrameCode[memory.frameCount()];
    }

    void ask(KnownBlocks known) {
        others = known;
    }

    /**
     * The block at a linear address whose first byte is at {@code physical}; may raise the fault of a further fetch.
     *
     * <p>Translated blocks reach others of their page without coming here, so all of them count as executed with it.
     */
    Block find(Mmu mmu, long linear, long physical, CodeSize codeSize) {
        Block block = lookUp(mmu, linear, physical, codeSize);
        FrameCode code = block.frame < 0 ? null : frames[block.frame];
        int offset = (int) linear & PAGE - 1;
        long lines = FrameCode.linesOf(offset, Math.min(block.bytes, PAGE - offset));
        footprint.executes(linear, code == null ? lines : lines | code.translated());
        return block;
    }

    private Block lookUp(Mmu mmu, long linear, long physical, CodeSize codeSize) {
        int frame = memory.frameAt(physical);
        if (frame < 0) {
            return outsideRam(codeSize);
        }
        int offset = (int) physical & PAGE - 1;
        FrameCode code = frames[frame];
        Block block = code == null ? null : code.find(offset, codeSize);
        if (block != null && block.secondFrame >= 0 && block.secondFrame != nextFrame(mmu, linear)) {
            code.remove(block);
            block = null;
        }
        if (block == null && codeSize == CodeSize.BITS_64) {
            block = known(linear, frame, offset);
        }
        return block != null ? block : decode(mmu, linear, frame, offset, codeSize);
    }

    private Block known(long linear, int frame, int offset) {
        KnownBlocks.Known known = others.at(linear, memory.hostOf(frame) + offset, PAGE - offset);
        if (known == null) {
            return null;
        }
        Block block = new Block(
                () -> decodePage(frame, offset, CodeSize.BITS_64).toArray(Instruction[]::new), CodeSize.BITS_64, frame,
                offset, known.bytes());
        codeOf(frame).add(block);
        block.setTranslation(known.translation(), known.extent(), () -> {});
        return block;
    }

    /** Bytes of a frame were overwritten. */
    void written(int frame, int offset, int length) {
        FrameCode code = frames[frame];
        if (code == null || code.written(offset, length)) {
            frames[frame] = null;
            memory.unmark(frame, GuestMemory.CODE);
        }
    }

    /** Drops everything. */
    void clear() {
        for (int frame = 0; frame < frames.length; frame++) {
            if (frames[frame] != null) {
                frames[frame].clear();
                frames[frame] = null;
                memory.unmark(frame, GuestMemory.CODE);
            }
        }
    }

    private int nextFrame(Mmu mmu, long linear) {
        return memory.frameAt(mmu.fetchAddress((linear | PAGE - 1) + 1));
    }

    private Block decode(Mmu mmu, long linear, int frame, int offset, CodeSize codeSize) {
        List<Instruction> found = decodePage(frame, offset, codeSize);
        if (found.isEmpty()) {
            return decodeCrossing(mmu, linear, frame, offset, codeSize);
        }
        int bytes = 0;
        for (Instruction instruction : found) {
            bytes += instruction.length;
        }
        Block block = new Block(found.toArray(Instruction[]::new), codeSize, frame, offset, bytes, -1);
        codeOf(frame).add(block);
        return block;
    }

    /** The instructions of a block as far as they lie in its page. */
    private List<Instruction> decodePage(int frame, int offset, CodeSize codeSize) {
        HostMemory.read(memory.hostOf(frame) + offset, window, 0, PAGE - offset);
        List<Instruction> found = new ArrayList<>();
        int at = 0;
        while (found.size() < LONGEST) {
            Instruction instruction = decoder.decode(window, at, PAGE - offset, codeSize);
            if (instruction == null) {
                break; // it goes on behind the page
            }
            instruction.semantics = semantics.of(instruction);
            found.add(instruction);
            at += instruction.length;
            if (instruction.row.endsBlock() || at >= PAGE - offset) {
                break;
            }
        }
        return found;
    }

    private Block decodeCrossing(Mmu mmu, long linear, int frame, int offset, CodeSize codeSize) {
        int second = nextFrame(mmu, linear);
        if (second < 0) {
            return outsideRam(codeSize);
        }
        int here = PAGE - offset;
        HostMemory.read(memory.hostOf(second), window, here, 16);
        Instruction instruction = decoder.decode(window, 0, here + 16, codeSize);
        instruction.semantics = semantics.of(instruction);
        Block block = new Block(new Instruction[]{instruction}, codeSize, frame, offset, instruction.length, second);
        codeOf(frame).add(block);
        codeOf(second).addFromBefore(block);
        return block;
    }

    private FrameCode codeOf(int frame) {
        memory.mark(frame, GuestMemory.CODE);
        if (frames[frame] == null) {
            frames[frame] = new FrameCode();
        }
        return frames[frame];
    }

    /** Code outside RAM reads as all ones, which no processor knows as an instruction. */
    private Block outsideRam(CodeSize codeSize) {
        java.util.Arrays.fill(window, 0, 16, (byte) -1);
        Instruction instruction = decoder.decode(window, 0, 16, codeSize);
        instruction.semantics = semantics.of(instruction);
        return new Block(new Instruction[]{instruction}, codeSize, -1, 0, instruction.length, -1);
    }
}
