package org.retrovisor.gdbstub.agent;

import java.util.BitSet;
import org.retrovisor.gdbstub.debuggee.Condition;
import org.retrovisor.gdbstub.debuggee.GuestState;

/** A condition that gdb compiled to bytecode. Evaluating it changes nothing, so it serves backward as well as forward. */
public final class AgentExpression implements Condition {
    private final byte[] code;

    /** Takes the bytecode over; one that could not be evaluated whatever the guest's state gives an {@link AgentError}. */
    public AgentExpression(byte[] code) {
        this.code = code.clone();
        check(this.code);
    }

    /** The value of the expression; an {@link AgentError} when this state has none, as after a division by zero. */
    public long evaluate(GuestState state) {
        return new Evaluation(code, state).run();
    }

    /** An expression without a value counts as true: gdb then evaluates it itself and shows the user the error. */
    @Override
    public boolean holds(GuestState state) {
        try {
            return evaluate(state) != 0;
        } catch (AgentError e) {
            return true;
        }
    }

    private static void check(byte[] code) {
        BitSet starts = instructionStarts(code);
        for (int at = starts.nextSetBit(0); at >= 0; at = starts.nextSetBit(at + 1)) {
            if (Opcode.of(code[at] & 0xff).jumps() && !starts.get((int) operand(code, at + 1, 2))) {
                throw new AgentError("the condition jumps from " + at + " to where no instruction starts");
            }
        }
    }

    private static BitSet instructionStarts(byte[] code) {
        BitSet starts = new BitSet(code.length);
        int at = 0;
        while (at < code.length) {
            Opcode opcode = Opcode.of(code[at] & 0xff);
            if (opcode == null) {
                throw new AgentError(
                        "the condition has the unknown bytecode 0x" + Integer.toHexString(code[at] & 0xff));
            }
            starts.set(at);
            at += 1 + opcode.operandBytes;
        }
        if (at != code.length || at == 0) {
            throw new AgentError("the condition is cut short");
        }
        return starts;
    }

    static long operand(byte[] code, int at, int bytes) {
        long value = 0;
        for (int i = at; i < at + bytes; i++) {
            value = value << 8 | code[i] & 0xff;
        }
        return value;
    }
}
