package org.retrovisor.monitor.translator;

import org.retrovisor.monitor.interpreter.Block;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.Instruction;

/** Makes host code of one block; the code stands in {@link #out} when it is done. */
final class BlockTranslator {
    private final Rules rules = Rules.standard();
    private final Emitter out = new Emitter();
    private Instruction[] instructions;
    private long rip;
    private long next;
    private boolean vectorsAllowed;
    private int at;
    private int count;

    /** Code, and positions in it; see {@link org.retrovisor.monitor.translator.store.StoredBlock}. */
    record Made(byte[] code, int epitaph, int[] externals, int[] links, long[] targets) {}

    boolean hasRule(Instruction x) {
        return rules.of(x) != null;
    }

    Emitter out() {
        return out;
    }

    /** Whether SSE instructions may be executed without a look at control registers and MXCSR. */
    boolean vectorsAllowed() {
        return vectorsAllowed;
    }

    void allowVectors(boolean allowed) {
        vectorsAllowed = allowed;
    }

    /** The linear address of the block. */
    long rip() {
        return rip;
    }

    /** The linear address of the instruction after the current one. */
    long next() {
        return next;
    }

    /**
     * Translates as much of a block as there are rules for.
     *
     * @param origin where the code will stand
     * @param marks what all code has in common
     * @return null when the first instruction has no rule
     */
    Made translate(Block block, long blockRip, long origin, CodeCache.Landmarks marks) {
        instructions = block.instructions();
        rip = blockRip;
        count = translatable();
        if (count == 0) {
            return null;
        }
        boolean usesVectors = out.usesVectors();
        boolean usesX87 = out.usesX87();
        long[] rips = new long[count + 1];
        out.begin(this);
        int budgetEnd = out.prologue(count);
        int noVectors = usesVectors ? out.needVectors() : -1;
        int noX87 = usesX87 ? out.needX87() : -1;
        boolean open = emitAll(rips);
        if (open) {
            out.instruction(count);
            if (count < instructions.length) {
                out.leaveToInterpreter();
            } else {
                out.saveFlags();
                out.writeBackVectors();
                out.goTo(rip, rips[count]);
            }
        }
        out.waysOut().finish(rips, count, origin, marks);
        out.code.land(budgetEnd);
        out.waysOut().leaveAt(rip, StateBlock.Leaving.BUDGET, count, origin, marks.exit());
        if (usesVectors) {
            out.code.land(noVectors);
            out.waysOut().leaveAt(rip, StateBlock.Leaving.VECTORS, count, origin, marks.exit());
        }
        if (usesX87) {
            out.code.land(noX87);
            out.waysOut().leaveAt(rip, StateBlock.Leaving.X87, count, origin, marks.exit());
        }
        int epitaph = out.code.position();
        out.waysOut().leaveAt(rip, StateBlock.Leaving.LOOKUP, 0, origin, marks.exit());
        return new Made(
                out.code.bytes(),
                epitaph,
                out.code.externals(),
                out.waysOut().links().stream().mapToInt(WaysOut.Link::site).toArray(),
                out.waysOut().links().stream().mapToLong(WaysOut.Link::target).toArray());
    }

    /** Emits the instructions; whether control goes on behind the last. */
    private boolean emitAll(long[] rips) {
        long address = rip;
        for (at = 0; at < count; at++) {
            Instruction x = instructions[at];
            rips[at] = address;
            next = address + x.length;
            out.instruction(at);
            if (x.row.endsBlock()) {
                out.writeBackVectors();
            }
            boolean emitted = rules.of(x).emit(this, x);
            assert emitted : x.row.name();
            address = next;
        }
        rips[count] = address;
        return !instructions[count - 1].row.endsBlock();
    }

    /** How many instructions from the first on have rules that do not refuse, tried without keeping the code. */
    private int translatable() {
        out.begin(this);
        count = instructions.length;
        for (at = 0; at < instructions.length; at++) {
            Instruction x = instructions[at];
            out.instruction(at);
            next = rip;
            Rules.Rule rule = rules.of(x);
            if (rule == null || !rule.emit(this, x)) {
                break;
            }
        }
        return at;
    }

    /**
     * Whether the flags of the current instruction are all overwritten before anything can see them: another
     * instruction, a fault, or the end of the translated part, where a run may be stopped.
     */
    boolean flagsDieUnseen() {
        for (int i = at + 1; i < count; i++) {
            Instruction x = instructions[i];
            if (x.memory || x.row.endsBlock() || x.row.is(Attribute.STACK) || readsFlags(x) || mayLeaveOrKeepFlags(x)) {
                return false;
            }
            if (x.row.written().length() + x.row.undefined().length() == 6) {
                return true;
            }
        }
        return false;
    }

    /** Whether the flags that an instruction leaves are seen by faults at most, with these registers unchanged. */
    boolean onlyFaultsSeeFlags(int producer, int sources) {
        return FlagLife.onlyFaultsSee(instructions, producer + 1, count, sources);
    }

    /** Whether the flags that the current instruction leaves will be parked, given that their recipe always holds. */
    boolean parksFlags() {
        return FlagLife.memoryComesFirst(instructions, at + 1, count)
                && FlagLife.onlyFaultsSee(instructions, at + 1, count, 0);
    }

    /** Multiplications and bit scans keep what is undefined, divisions too, and leave; shifts by CL keep all if CL is 0. */
    private static boolean mayLeaveOrKeepFlags(Instruction x) {
        String mnemonic = x.row.mnemonic();
        return mnemonic.endsWith("MUL")
                || mnemonic.endsWith("DIV")
                || mnemonic.equals("BSF")
                || mnemonic.equals("BSR")
                || x.row.name().endsWith("_CL");
    }

    private static boolean readsFlags(Instruction x) {
        String mnemonic = x.row.mnemonic();
        return mnemonic.startsWith("CMOV")
                || mnemonic.startsWith("SET")
                || mnemonic.equals("ADC")
                || mnemonic.equals("SBB");
    }
}
