package org.retrovisor.replay.symbols;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Operand;

/**
 * How deep the stack is at each instruction of a function, found by following its code from the beginning: for functions
 * that the unwind tables leave out. Kernels leave out those that push flags in inline assembler, like {@code __crash_kexec}.
 */
final class StackDepths {
    private static final int RSP = 4;
    private static final int RBP = 5;
    private static final Set<String> ONLY_READ = Set.of("CMP", "TEST", "BT", "PUSH");
    private static final Set<String> LEAVE_FUNCTION = Set.of("RET", "RETF", "IRET", "SYSRET", "SYSEXIT", "JMPF");
    private static final Depth AT_ENTRY = new Depth(8, 0);

    private final byte[] code;
    private final Decoder decoder = new Decoder(InstructionTable.standard());
    private final TreeMap<Integer, Depth> depths = new TreeMap<>();
    /** Where the instructions end that were followed. */
    private final Set<Integer> ends = new HashSet<>();
    private final Deque<Integer> follow = new ArrayDeque<>();
    /** Behind UD2, which is a warning or the end: followed when nothing else leads there. */
    private final Deque<Integer> perhaps = new ArrayDeque<>();

    /**
     * Where the canonical frame address is, and the caller's RBP.
     *
     * @param bytes from RSP up to the CFA
     * @param savedBp how far below the CFA RBP was saved; 0 when it is still in the register
     */
    record Depth(int bytes, int savedBp) {
        /** Of code that was not reached, or only with a stack that was not followed. */
        static final Depth UNKNOWN = new Depth(0, 0);

        private Depth deeper(long more) {
            return new Depth((int) (bytes + more), savedBp);
        }
    }

    private StackDepths(byte[] code) {
        this.code = code;
    }

    /**
     * From where on the stack is how deep, by the distance from the function's beginning; {@link Depth#UNKNOWN} among them.
     *
     * @param code the function, up to where the next one begins
     */
    static TreeMap<Integer, Depth> of(byte[] code) {
        StackDepths function = new StackDepths(code);
        function.reach(0, AT_ENTRY);
        while (function.step(function.follow) || function.step(function.perhaps)) {
        }
        function.ends.forEach(end -> function.depths.putIfAbsent(end, Depth.UNKNOWN));
        return function.depths;
    }

    private boolean step(Deque<Integer> from) {
        Integer at = from.poll();
        if (at != null) {
            follow(at);
        }
        return at != null;
    }

    private void reach(long at, Depth depth) {
        reach(at, depth, follow);
    }

    private void reach(long at, Depth depth, Deque<Integer> later) {
        if (depth != null && at >= 0 && at < code.length && depths.putIfAbsent((int) at, depth) == null) {
            later.add((int) at);
        }
    }

    private void follow(int at) {
        Instruction instruction = decoder.decode(code, at, code.length, CodeSize.BITS_64);
        if (instruction == null) {
            return;
        }
        int next = at + instruction.length;
        ends.add(next);
        Depth depth = after(instruction, depths.get(at));
        String mnemonic = instruction.row.mnemonic();
        if (isRelativeJump(instruction)) {
            reach(next + instruction.immediate, depth);
        }
        if (mnemonic.equals("UD2")) {
            reach(next, depth, perhaps);
        } else if (!mnemonic.equals("JMP") && !LEAVE_FUNCTION.contains(mnemonic)) {
            reach(next, depth);
        }
    }

    private static boolean isRelativeJump(Instruction instruction) {
        boolean relative = instruction.row.operands().stream().anyMatch(operand -> operand.place() == 'J');
        return relative && !instruction.row.mnemonic().equals("CALL");
    }

    /** Behind an instruction; null when it sets RSP to something else. */
    private static Depth after(Instruction instruction, Depth depth) {
        return switch (instruction.row.mnemonic()) {
            case "PUSH" -> pushed(instruction, depth);
            case "PUSHF" -> depth.deeper(instruction.operandSize);
            case "POP" -> popped(instruction, depth);
            case "POPF" -> depth.deeper(-instruction.operandSize);
            case "ENTER", "LEAVE" -> null;
            default -> writesStackPointer(instruction) ? moved(instruction, depth) : depth;
        };
    }

    private static Depth pushed(Instruction instruction, Depth depth) {
        Depth deeper = depth.deeper(instruction.operandSize);
        boolean saves = instruction.row.name().equals("PUSH_Zv") && instruction.rm == RBP && depth.savedBp == 0;
        return saves ? new Depth(deeper.bytes, deeper.bytes) : deeper;
    }

    private static Depth popped(Instruction instruction, Depth depth) {
        if (writesStackPointer(instruction)) {
            return null;
        }
        boolean restores = depth.savedBp == depth.bytes && instruction.rm == RBP && !instruction.memory;
        return new Depth(depth.bytes - instruction.operandSize, restores ? 0 : depth.savedBp);
    }

    private static Depth moved(Instruction instruction, Depth depth) {
        return switch (instruction.row.name()) {
            case "SUB_Ev_Iz", "SUB_Ev_Ib" -> depth.deeper(instruction.immediate);
            case "ADD_Ev_Iz", "ADD_Ev_Ib" -> depth.deeper(-instruction.immediate);
            case "LEA_Gv_M" -> instruction.base == RSP && instruction.index == Instruction.ZERO
                    ? depth.deeper(-instruction.displacement)
                    : null;
            default -> null;
        };
    }

    private static boolean writesStackPointer(Instruction instruction) {
        String mnemonic = instruction.row.mnemonic();
        if (ONLY_READ.contains(mnemonic) || instruction.row.operands().isEmpty()) {
            return false;
        }
        boolean exchanges = mnemonic.equals("XCHG") || mnemonic.equals("XADD");
        return instruction.row.operands()
                .stream()
                .limit(exchanges ? 2 : 1)
                .anyMatch(operand -> isStackPointer(instruction, operand));
    }

    private static boolean isStackPointer(Instruction instruction, Operand operand) {
        return switch (operand.place()) {
            case 'G' -> instruction.reg == RSP;
            case 'E' -> !instruction.memory && instruction.rm == RSP;
            case 'Z' -> instruction.rm == RSP;
            default -> false;
        };
    }
}
