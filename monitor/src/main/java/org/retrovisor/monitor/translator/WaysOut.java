package org.retrovisor.monitor.translator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.translator.StateBlock.Leaving;

/**
 * The jumps out of a block's code, and the code behind the block that they lead to: what must be written back, where the guest stands and
 * why it was left, and where Java may go on when only a TLB entry or the timestamp counter was missing.
 */
final class WaysOut {
    private static final int SCRATCH = Assembler.R13;
    private static final int ADDRESS = Assembler.R14;
    private static final int STATE = Assembler.R15;
    private static final int STACK = Assembler.R12;
    private static final int SHL = 4;
    private static final int SAR = 7;
    /** Upper bits of a linear address that are all alike in a canonical one. */
    private static final int NOT_TRANSLATED = 16;

    private final Emitter out;
    private final Assembler code;
    private final List<SlowExit> slowExits = new ArrayList<>();
    private final List<Link> links = new ArrayList<>();
    private final List<Integer> missedJumps = new ArrayList<>();
    private final List<CheckedJump> checkedJumps = new ArrayList<>();
    private final List<StackMiss> stackMisses = new ArrayList<>();
    private final List<Timestamp> timestamps = new ArrayList<>();
    private final List<SideExit> sideExits = new ArrayList<>();
    private final List<LoopBudget> loopBudgets = new ArrayList<>();
    private final List<KeptEntry> keptEntries = new ArrayList<>();
    /** Where accesses of a loop's third round begin, by the number of the instruction. */
    private final Map<Integer, Integer> plainAccesses = new HashMap<>();

    /**
     * A jump to the interpreter at an instruction, with the XMM registers and flags that must be written back.
     *
     * @param miss the access that was not in the TLB, or null: when Java could enter it, there is nothing to interpret
     */
    record SlowExit(int site, int index, int changedVectors, FlagRecipe flags, Miss miss) {}

    /**
     * Where an access looks its linear address up, and the XMM registers that it finds in the host's.
     *
     * @param found for a write of up to 8 bytes, where it goes on with an address that {@link TlbProbe#missedWrite} found; else -1
     * @param access what it is, should it go beyond the end of the page
     * @param behind where it goes on with the host address, or for an operand that is read by its distance with that
     * @param entry where the TLB entry of a constant address is, or -1 when it is in the scratch register
     */
    record Miss(
            int start, boolean write, int vectors, int found, int entry, CrossingAccess access, int behind) {}

    /** A jump for a stack access that is not to the {@link StackPage}, where it comes back to, and its way out. */
    private record StackMiss(int site, int back, SlowExit exit) {}

    /** A jump of an instruction whose target is not in the table, and by how much the instruction has moved the stack pointer. */
    private record CheckedJump(int site, int index, int moved) {}

    /** A jump out for the timestamp counter, and where to go on. */
    private record Timestamp(int site, int back, int index) {}

    /**
     * A conditional jump of the middle of the code, taken.
     *
     * @param live whether the guest's flags are in the host's only
     */
    record SideExit(
            int site, int index, boolean live, boolean auxiliaryUndefined, int changedVectors, long target) {}

    /** The end of the budget at the start of a round of a loop. */
    private record LoopBudget(int site, int changedVectors, FlagRecipe flags) {}

    /** A jump to another block of the same page; {@code site} is where its distance stands. */
    record Link(int site, long target) {}

    WaysOut(Emitter out) {
        this.out = out;
        this.code = out.code;
    }

    void clear() {
        slowExits.clear();
        links.clear();
        missedJumps.clear();
        checkedJumps.clear();
        stackMisses.clear();
        timestamps.clear();
        sideExits.clear();
        loopBudgets.clear();
        keptEntries.clear();
        plainAccesses.clear();
    }

    void toInterpreter(SlowExit exit) {
        slowExits.add(exit);
    }

    /** A stack access that is to another page comes back to {@code back}, or takes the way out. */
    void missStack(int site, int back, SlowExit exit) {
        stackMisses.add(new StackMiss(site, back, exit));
    }

    void readTimestamp(int site, int back, int index) {
        timestamps.add(new Timestamp(site, back, index));
    }

    void sideways(SideExit exit) {
        sideExits.add(exit);
    }

    void loopBudget(int site, int changedVectors, FlagRecipe flags) {
        loopBudgets.add(new LoopBudget(site, changedVectors, flags));
    }

    void keptEntry(KeptEntry entry) {
        keptEntries.add(entry);
    }

    void plainAccess(int instruction, int position) {
        plainAccesses.put(instruction, position);
    }

    void link(int site, long target) {
        links.add(new Link(site, target));
    }

    /** A jump for an address that is not in the table, with the address in the scratch register. */
    void missJump(int site) {
        missedJumps.add(site);
    }

    /** The same for a jump that is not taken to an address that is not canonical. */
    void missJump(int site, int index, int moved) {
        checkedJumps.add(new CheckedJump(site, index, moved));
    }

    List<Link> links() {
        return links;
    }

    /**
     * Emits the ways out that were asked for.
     *
     * @param rip the linear address of the first instruction
     * @param count how many instructions the prologue took off the budget
     * @param origin host address of the code's start
     * @param marks host addresses of what all code has in common
     */
    void finish(long rip, Instruction[] instructions, int count, long origin, CodeCache.Landmarks marks) {
        long exit = marks.exit();
        long[] rips = new long[count + 1];
        rips[0] = rip;
        for (int i = 0; i < count; i++) {
            rips[i + 1] = rips[i] + instructions[i].length;
        }
        finishStackMisses(origin, marks);
        for (int round = 0; round <= loopBudgets.size(); round++) {
            for (int i = 0; i <= count; i++) {
                boolean returns = i < count && instructions[i].row.mnemonic().startsWith("IRET");
                Leaving why = returns ? Leaving.INTERRUPT_RETURN : Leaving.SLOW;
                finishSlowExits(round * (count + 1) + i, rips[i], count - i, why, origin, marks);
            }
        }
        loopBudgets.forEach(budget -> finishLoopBudget(budget, rip, count, origin, exit));
        keptEntries.forEach(entry -> entry.finish(code, plainAccesses.get(entry.index())));
        for (Timestamp timestamp : timestamps) {
            finishTimestamp(timestamp, rips[timestamp.index], count - timestamp.index, origin, marks);
        }
        for (SideExit side : sideExits) {
            finishSideExit(side, rip, count - side.index - 1);
        }
        for (Link link : links) {
            code.land(link.site);
            leaveAt(link.target, Leaving.LOOKUP, 0, origin, exit);
        }
        for (CheckedJump jump : checkedJumps) {
            finishCheckedJump(jump, rips[jump.index], count - jump.index, origin, marks);
        }
        if (!missedJumps.isEmpty()) {
            missedJumps.forEach(code::land);
            code.jumpTo(origin, marks.missedJump());
        }
    }

    private void finishLoopBudget(LoopBudget budget, long rip, int count, long origin, long exit) {
        code.land(budget.site);
        budget.flags.code().run();
        out.storeFlags(budget.flags.auxiliaryUndefined());
        out.storeVectors(budget.changedVectors);
        leaveAt(rip, Leaving.BUDGET, count, origin, exit);
    }

    private void finishSideExit(SideExit side, long rip, int unused) {
        code.land(side.site);
        if (side.live) {
            out.storeFlags(side.auxiliaryUndefined);
        }
        out.storeVectors(side.changedVectors);
        code.arithmetic(0, 8, STATE, StateBlock.BUDGET, unused);
        out.jumps().goTo(rip, side.target);
    }

    private void finishSlowExits(
            int instruction, long rip, int unused, Leaving why, long origin, CodeCache.Landmarks marks) {
        SlowExit last = null;
        List<Integer> sites = new ArrayList<>();
        for (SlowExit slow : slowExits) {
            if (slow.index == instruction) {
                last = slow;
                sites.add(slow.miss == null ? slow.site : resumable(slow, unused, origin, marks));
            }
        }
        if (last == null) {
            return;
        }
        sites.forEach(code::land);
        if (last.flags != null) {
            last.flags.code().run();
            out.storeFlags(last.flags.auxiliaryUndefined());
        }
        out.storeVectors(last.changedVectors);
        leaveAt(rip, why, unused, origin, marks.exit());
    }

    /** Notes what was missed, and where to go on when it could be entered into the TLB; returns the jump to the way out. */
    private int resumable(SlowExit slow, int unused, long origin, CodeCache.Landmarks marks) {
        code.land(slow.site);
        if (slow.miss.entry >= 0) {
            code.constant(SCRATCH, slow.miss.entry);
        }
        if (slow.miss.found >= 0) {
            code.call(origin, marks.missedSmallWrite());
            code.jumpBackIf(Assembler.BELOW, slow.miss.found);
        } else {
            code.call(origin, slow.miss.write ? marks.missedWrite() : marks.missedRead());
        }
        int wayOut = code.jump(); // Java goes on behind it
        slow.miss.access.note(code);
        if (unused != 0) {
            code.arithmetic(5, 8, STATE, StateBlock.BUDGET, unused);
        }
        for (int number = 0; number < 16; number++) {
            if ((slow.miss.vectors & 1 << number) != 0) {
                code.memory(0x110, 4, number, STATE, StateBlock.vector(number));
            }
        }
        if (slow.miss.access.canBeMade()) {
            code.call(origin, marks.resumed());
            code.jumpBackIf(Assembler.ABOVE_OR_EQUAL, slow.miss.behind);
        } else {
            code.load(8, ADDRESS, STATE, StateBlock.MISSED_ADDRESS);
        }
        code.jumpBack(slow.miss.start);
        return wayOut;
    }

    /** No code is at an address that is not canonical, so that only jumps that miss the table need to look. */
    private void finishCheckedJump(CheckedJump jump, long rip, int unused, long origin, CodeCache.Landmarks marks) {
        code.land(jump.site);
        canonical(code);
        int outside = code.jumpIf(Assembler.NOT_EQUAL);
        code.jumpTo(origin, marks.missedJump());
        code.land(outside);
        if (jump.moved != 0) {
            code.memory(0x8D, 8, STACK, STACK, -jump.moved);
        }
        leaveAt(rip, Leaving.SLOW, unused, origin, marks.exit());
    }

    /** Equal says that the address in the scratch register is canonical; changes the address register. */
    static void canonical(Assembler code) {
        code.move(ADDRESS, SCRATCH);
        code.shift(SHL, 8, ADDRESS, NOT_TRANSLATED);
        code.shift(SAR, 8, ADDRESS, NOT_TRANSLATED);
        code.register(0x39, 8, SCRATCH, ADDRESS); // CMP
    }

    private void finishTimestamp(Timestamp timestamp, long rip, int unused, long origin, CodeCache.Landmarks marks) {
        code.land(timestamp.site);
        code.call(origin, marks.timestamp());
        int wayOut = code.jump(); // Java goes on behind it
        code.arithmetic(5, 8, STATE, StateBlock.BUDGET, unused);
        code.jumpBack(timestamp.back);
        code.land(wayOut);
        leaveAt(rip, Leaving.TIMESTAMP, unused, origin, marks.exit());
    }

    /** The entry that is the home of the address in the scratch register, into the address register. */
    static void entryOfJump(Assembler code) {
        code.register(0x69, 4, ADDRESS, SCRATCH); // IMUL
        code.int32(JumpTable.FACTOR);
        code.shift(5, 4, ADDRESS, JumpTable.SHIFT);
        code.arithmetic(4, 4, ADDRESS, JumpTable.MASK);
        code.memory(0x03, 8, ADDRESS, STATE, StateBlock.JUMPS);
    }

    /** Where code goes whose jump did not find its target at home: to the entry beside it, or out. Followed by the way out. */
    static void missedJump(Assembler code) {
        entryOfJump(code);
        code.arithmetic(6, 8, ADDRESS, JumpTable.ENTRY_BYTES); // XOR
        code.memory(0x3B, 8, SCRATCH, ADDRESS, 0);
        int away = code.jumpIf(Assembler.NOT_EQUAL);
        code.memory(0xFF, 4, 4, ADDRESS, 8);
        code.land(away);
        code.memory(0xC7, 4, 0, STATE, StateBlock.LEAVING);
        code.int32(Leaving.LOOKUP.ordinal());
    }

    /** The function before the way out for the timestamp counter: notes where it was called. */
    static byte[] timestamp() {
        Assembler code = new Assembler();
        code.load(8, SCRATCH, Assembler.RSP, 0);
        code.store(8, SCRATCH, STATE, StateBlock.TIMESTAMP_AT);
        code.byte8(0xC3);
        return code.bytes();
    }

    /** The function for accesses that are not in the TLB: notes the linear address and where it was called. */
    static byte[] missed(boolean write) {
        Assembler code = new Assembler();
        TlbProbe.exchangePage(code, write);
        code.store(8, ADDRESS, STATE, StateBlock.MISSED_ADDRESS);
        code.load(8, SCRATCH, Assembler.RSP, 0);
        code.store(8, SCRATCH, STATE, write ? StateBlock.MISSED_WRITE : StateBlock.MISSED_READ);
        code.byte8(0xC3);
        return code.bytes();
    }

    /** The function behind an access that Java has resumed: the linear address once more, with CF set, or what it made instead, without. */
    static byte[] resumed() {
        Assembler code = new Assembler();
        code.load(8, ADDRESS, STATE, StateBlock.MISSED_ADDRESS);
        code.load(8, SCRATCH, STATE, StateBlock.COPY_DISTANCE);
        code.arithmetic(7, 4, STATE, StateBlock.COPIED, 1); // CMP
        code.byte8(0xC3);
        return code.bytes();
    }

    /** Leaves, to go on at an address; {@code unused} instructions were not executed. */
    void leaveAt(long rip, Leaving why, int unused, long origin, long exit) {
        code.constant(SCRATCH, rip);
        leave(why, unused, origin, exit);
    }

    /** Leaves with the address to go on in the scratch register. */
    private void leave(Leaving why, int unused, long origin, long exit) {
        if (unused != 0) {
            code.arithmetic(0, 8, STATE, StateBlock.BUDGET, unused);
        }
        code.memory(0xC7, 4, 0, STATE, StateBlock.LEAVING);
        code.int32(why.ordinal());
        code.jumpTo(origin, exit);
    }

    private void finishStackMisses(long origin, CodeCache.Landmarks marks) {
        for (StackMiss miss : stackMisses) {
            code.land(miss.site);
            StackPage.undo(code);
            SlowExit exit = miss.exit;
            code.call(origin, marks.stack(exit.miss.access.size(), exit.miss.write));
            int site = code.jumpIf(Assembler.BELOW);
            slowExits.add(new SlowExit(site, exit.index, exit.changedVectors, exit.flags, exit.miss));
            code.jumpBack(miss.back);
        }
    }
}
