package org.retrovisor.monitor.oracle;

import java.util.Set;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Operand;

/**
 * Whether all that an instruction reads and writes lies in the two windows of memory that a {@link CpuState} holds: what an
 * instruction in the middle of a sequence finds in its registers is what those before it left there.
 */
final class OperandReach {
    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RBX = 3;
    private static final int RSP = 4;
    private static final int RBP = 5;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final int LARGEST_OPERAND = 64;
    /** What ENTER may need below the stack pointer: its frame and 31 older frame pointers. */
    private static final int LARGEST_FRAME = 512;
    private static final int MARGIN = 1024;
    /** With page tables of five levels. */
    private static final int CANONICAL_BITS = 57;
    private static final int MOST_ITERATIONS = 70;
    private static final Set<String> WITHOUT_ACCESS = Set.of("LEA", "NOP", "PREFETCH");
    private static final Set<String> BIT_STRINGS = Set.of("BT_Ev_Gv", "BTS_Ev_Gv", "BTR_Ev_Gv", "BTC_Ev_Gv");

    private final HostPages pages;
    private final boolean faulting;
    private final long data;
    private final long stack;

    /** For instructions that raise no fault. */
    OperandReach(HostPages pages) {
        this(pages, false);
    }

    /** With {@code faulting}, what is on pages that may not be accessed, or not canonical, counts as well. */
    OperandReach(HostPages pages, boolean faulting) {
        this.pages = pages;
        this.faulting = faulting;
        data = StateMaker.dataWindow(pages);
        stack = StateMaker.stackWindow(pages);
    }

    boolean holds(Encoding encoding, CpuState state) {
        Instruction i = encoding.instruction();
        boolean accesses = i.memory && !WITHOUT_ACCESS.contains(i.row.mnemonic());
        return (!accesses || inWindow(operand(encoding, state)))
                && (!i.row.is(Attribute.STACK) || stackHolds(i, state))
                && implicitHolds(i, state);
    }

    /** Whether a string instruction that went from one address to the other stayed in a window, or stayed where it was. */
    boolean holdsWay(Instruction i, long from, long to) {
        return from == to || holdsAt(i, from) && holdsAt(i, to);
    }

    /** Whether the operand of a string instruction is in a window. */
    boolean holdsAt(Instruction i, long address) {
        return inWindow(cut(i, address));
    }

    private static long operand(Encoding encoding, CpuState state) {
        Instruction i = encoding.instruction();
        long address = StateMaker.address(encoding, state);
        return BIT_STRINGS.contains(i.row.name()) ? cut(i, address + bitOffset(i, state)) : address;
    }

    private static long bitOffset(Instruction i, CpuState state) {
        int unused = 64 - 8 * i.operandSize;
        return state.gpr[i.reg] << unused >> unused >> 3;
    }

    private boolean stackHolds(Instruction i, CpuState state) {
        String mnemonic = i.row.mnemonic();
        boolean frames = mnemonic.equals("ENTER");
        return inStack(state.gpr[RSP], frames ? LARGEST_FRAME : LARGEST_OPERAND)
                && (!frames && !mnemonic.equals("LEAVE") || inStack(state.gpr[RBP], LARGEST_FRAME / 2));
    }

    private boolean implicitHolds(Instruction i, CpuState state) {
        String mnemonic = i.row.mnemonic();
        if (mnemonic.equals("XLAT")) {
            return inData(address(i, state, RBX) + (state.gpr[RAX] & 0xFF), LARGEST_OPERAND);
        }
        if (mnemonic.contains("MASKMOV") && i.row.operands().stream().anyMatch(OperandReach::isString)) {
            return inData(address(i, state, RDI), LARGEST_OPERAND);
        }
        if (i.row.operands().stream().noneMatch(OperandReach::isString)) {
            return true;
        }
        boolean few = !i.repeated() || Long.compareUnsigned(address(i, state, RCX), MOST_ITERATIONS) <= 0;
        int reach = LARGEST_OPERAND + 8 * MOST_ITERATIONS;
        return few && inData(address(i, state, RSI), reach) && inData(address(i, state, RDI), reach);
    }

    private static boolean isString(Operand operand) {
        return operand.place() == 'X' || operand.place() == 'Y';
    }

    private static long address(Instruction i, CpuState state, int register) {
        return cut(i, state.gpr[register]);
    }

    private static long cut(Instruction i, long address) {
        return i.addressSize == 4 ? address & 0xFFFF_FFFFL : address;
    }

    private boolean inWindow(long address) {
        return inData(address, LARGEST_OPERAND) || inStack(address, LARGEST_OPERAND);
    }

    private boolean inData(long address, int margin) {
        return faulting && raisesNothingElse(address)
                || Math.abs(address - data - CpuState.DATA_WINDOW / 2) <= CpuState.DATA_WINDOW / 2 - margin;
    }

    /** Whether an access is to our own pages, or raises a fault whatever else the JVM has in its address space. */
    private boolean raisesNothingElse(long address) {
        boolean code = address >= pages.code + MARGIN && address < pages.code + HostPages.CODE_BYTES - MARGIN;
        boolean rest = address >= pages.data + MARGIN && address < pages.missing + MARGIN;
        long upper = address >> CANONICAL_BITS - 1;
        return code || rest || upper != 0 && upper != -1;
    }

    private boolean inStack(long address, int below) {
        return faulting && raisesNothingElse(address)
                || address - stack >= below && address - stack <= CpuState.STACK_WINDOW - 2 * LARGEST_OPERAND;
    }
}
