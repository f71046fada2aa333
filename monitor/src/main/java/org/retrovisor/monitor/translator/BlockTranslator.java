package org.retrovisor.monitor.translator;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Descriptors;

/** Makes host code of a block and what follows it; the code stands in {@link #out} when it is done. */
final class BlockTranslator {
    private final Rules rules = Rules.standard();
    private final Emitter out = new Emitter();
    private final boolean checksTargets;
    private Superblock source;
    private Instruction[] instructions;
    private long rip;
    private long next;
    private boolean vectorsAllowed;
    private int at;
    private int count;
    /** Code of a loop has up to three rounds: which is emitted, from 1 on, and where it begins. */
    private int round;

    private int roundStart;
    /** Whether there is to be a second. */
    private boolean again;
    private LoopTables tables;
    private final List<StackRun.Detour> detours = new ArrayList<>();

    /** What the code is made of, the code, and positions in it; see {@link org.retrovisor.monitor.translator.store.StoredBlock}. */
    record Made(
            Superblock source, int moments, byte[] code, int epitaph, int[] externals, int[] links, long[] targets) {}

    /** A translator of blocks, which {@code checksTargets} of jumps or leaves what is wrong with them to the fetch behind. */
    BlockTranslator(boolean checksTargets) {
        this.checksTargets = checksTargets;
    }

    /** Whether a jump to an address that is not canonical faults by itself. */
    boolean checksTargets() {
        return checksTargets;
    }

    /** Whether a jump to an address is for the interpreter, as it faults. */
    boolean leadsOutside(long target) {
        return checksTargets && !Descriptors.isCanonical(target);
    }

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
     * Translates as much as there are rules for.
     *
     * @param blockRip linear address of the first instruction
     * @param origin where the code will stand
     * @param marks what all code has in common
     * @return null when the first instruction has no rule
     */
    Made translate(Superblock wanted, long blockRip, long origin, CodeCache.Landmarks marks) {
        rip = blockRip;
        look(wanted);
        if (count == 0) {
            return null;
        }
        boolean usesVectors = out.usesVectors();
        boolean usesX87 = out.usesX87();
        out.begin(this);
        beginRound(1, 0);
        again = false;
        detours.clear();
        int budgetEnd = out.prologue(count);
        int noVectors = usesVectors ? out.needVectors() : -1;
        int noX87 = usesX87 ? out.needX87() : -1;
        emitAll();
        if (again) {
            emitLoop();
        } else if (count < instructions.length) {
            out.instruction(count);
            out.leaveToInterpreter();
        } else if (!instructions[count - 1].row.endsBlock()) {
            out.saveFlags();
            out.writeBackVectors();
            out.jumps().goTo(rip, next);
        }
        detours.forEach(detour -> StackRun.emit(detour, this, instructions, origin,
                marks.stack(StackPage.LARGEST_ACCESS, true)));
        out.waysOut().finish(rip, instructions, count, origin, marks);
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
                source,
                count,
                out.code.bytes(),
                epitaph,
                out.code.externals(),
                out.waysOut().links().stream().mapToInt(WaysOut.Link::site).toArray(),
                out.waysOut().links().stream().mapToLong(WaysOut.Link::target).toArray());
    }

    /**
     * The rounds that go on to themselves. In the second, accesses to tables keep the place of their TLB entry; when that fails often,
     * the third takes over.
     */
    private void emitLoop() {
        tables = new LoopTables(instructions);
        int[] places = placesOfEntries();
        beginRound(2, out.beginRound(2, count, places));
        emitAll();
        if (places.length > 0) {
            beginRound(3, out.beginRound(3, count, new int[0]));
            emitAll();
        }
    }

    private int[] placesOfEntries() {
        IntStream.Builder places = IntStream.builder();
        long address = rip;
        for (Instruction x : instructions) {
            if (tables.has(x)) {
                places.add(KeptEntry.placeOf(address));
            }
            address += x.length;
        }
        return places.build().toArray();
    }

    private void beginRound(int number, int start) {
        round = number;
        roundStart = start;
    }

    private void emitAll() {
        next = rip;
        for (int i = 0; i < count; i = at + 1) {
            StackRun run = round == 1 ? StackRun.from(this, instructions, i, count, next) : null;
            if (run != null) {
                detours.add(run.emit(this, instructions, next));
            } else {
                at(i, next + instructions[i].length);
                emit(instructions[i]);
            }
        }
    }

    /** The current instruction is another one; what follows it is at {@code behind}. */
    void at(int number, long behind) {
        at = number;
        next = behind;
        out.instruction(number);
    }

    /** Emits the current instruction by its rule. */
    void emit(Instruction x) {
        if (x.row.endsBlock() && !goesOn()) {
            again |= round == 1 && source.isLoop() && out.flagsAreForFaultsOf(instructions, count);
            if (!closesLoop()) {
                out.writeBackVectors();
            }
        }
        boolean emitted = rules.of(x).emit(this, x);
        assert emitted : x.row.name();
    }

    /**
     * Finds out how many instructions from the first on have rules that do not refuse, by emitting them. Blocks behind the first that use
     * XMM registers or the x87 unit are left out when the first does not, since what a block uses is asked for at its start.
     */
    private void look(Superblock all) {
        instructions = all.instructions();
        int first = all.ends().getFirst();
        int end = first;
        boolean usesVectors = false;
        boolean usesX87 = false;
        source = all;
        again = false;
        beginRound(1, 0);
        out.begin(this);
        count = instructions.length;
        next = rip;
        for (at = 0; at < instructions.length; at++) {
            Instruction x = instructions[at];
            out.instruction(at);
            next += x.length;
            Rules.Rule rule = rules.of(x);
            if (rule == null || !rule.emit(this, x)) {
                break;
            }
            if (at + 1 == first) {
                usesVectors = out.usesVectors();
                usesX87 = out.usesX87();
            } else if (at >= first && (usesVectors != out.usesVectors() || usesX87 != out.usesX87())) {
                look(all.upTo(end));
                return;
            }
            if (all.ends().contains(at + 1)) {
                end = at + 1;
            }
        }
        count = at;
        source = all.upTo(count);
        instructions = source.instructions();
    }

    /** Whether the current instruction is a conditional jump behind which the code goes on. */
    boolean goesOn() {
        return at + 1 < instructions.length && instructions[at].row.endsBlock();
    }

    /** Whether the current instruction goes back to the start, in code of which there are several rounds. */
    boolean closesLoop() {
        return again;
    }

    int round() {
        return round;
    }

    int roundStart() {
        return roundStart;
    }

    /** Where the current access keeps the place of its TLB entry, or -1. */
    int placeOfEntry(Instruction x) {
        return round == 2 && tables.has(x) ? KeptEntry.placeOf(next - x.length) : -1;
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

    /** Whether the flags that an instruction leaves are seen by faults at most from here on, with these registers unchanged. */
    boolean onlyFaultsSeeFlags(int producer, int sources) {
        return FlagLife.onlyFaultsSee(instructions, producer + 1, at, count, sources);
    }

    /** Whether the flags that the current instruction leaves will be parked, given that their recipe always holds. */
    boolean parksFlags() {
        return FlagLife.memoryComesFirst(instructions, at + 1, count)
                && FlagLife.onlyFaultsSee(instructions, at + 1, at + 1, count, 0);
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
