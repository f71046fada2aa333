package org.retrovisor.gdbstub.agent;

import org.retrovisor.gdbstub.debuggee.GuestState;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.features.Register;
import org.retrovisor.gdbstub.features.Registers;

/** One run of an expression: a stack of 64-bit values, bounded in depth and in steps, for gdb's loops may not end. */
final class Evaluation {
    private static final int DEPTH = 100;
    private static final int STEPS = 100_000;

    private final byte[] code;
    private final GuestState state;
    private final long[] stack = new long[DEPTH];
    private int depth;
    private int next;
    private long operand;
    private boolean ended;

    Evaluation(byte[] code, GuestState state) {
        this.code = code;
        this.state = state;
    }

    /** The value on top of the stack at the end. */
    long run() {
        for (int steps = 0; !ended; steps++) {
            if (steps == STEPS) {
                throw new AgentError("the condition does not end within " + STEPS + " steps");
            }
            step();
        }
        return pop();
    }

    private void step() {
        if (next >= code.length) {
            throw new AgentError("the condition runs past its end");
        }
        Opcode opcode = Opcode.of(code[next] & 0xff);
        operand = AgentExpression.operand(code, next + 1, opcode.operandBytes);
        next += 1 + opcode.operandBytes;
        opcode.meaning.accept(this);
    }

    long operand() {
        return operand;
    }

    void push(long value) {
        if (depth == DEPTH) {
            throw new AgentError("the condition needs more than " + DEPTH + " values on its stack");
        }
        stack[depth++] = value;
    }

    long pop() {
        if (depth == 0) {
            throw new AgentError("the condition takes a value from an empty stack");
        }
        return stack[--depth];
    }

    void pick(long down) {
        if (down >= depth) {
            throw new AgentError("the condition takes a value from below its stack");
        }
        push(stack[depth - 1 - (int) down]);
    }

    void swap() {
        long b = pop();
        long a = pop();
        push(b);
        push(a);
    }

    /** a b c becomes c a b (GDB's manual, "rot"). */
    void rotate() {
        long c = pop();
        long b = pop();
        long a = pop();
        push(c);
        push(a);
        push(b);
    }

    void jumpIf(boolean condition) {
        if (condition) {
            next = (int) operand;
        }
    }

    void end() {
        ended = true;
    }

    void pushRegister(long number) {
        Register register = Registers.numbered(number)
                .orElseThrow(() -> new AgentError("the condition reads register " + number + ", which does not exist"));
        byte[] value = state.registers()
                .read(register)
                .orElseThrow(
                        () -> new AgentError("the condition reads " + register.name() + ", which is not available"));
        push(littleEndian(value));
    }

    void fetch(int bytes) {
        long address = pop();
        push(littleEndian(read(address, bytes)));
    }

    private byte[] read(long address, int bytes) {
        try {
            byte[] value = state.readMemory(address, bytes);
            if (value.length == bytes) {
                return value;
            }
        } catch (TargetError e) {
            throw new AgentError(e.getMessage());
        }
        throw new AgentError("the condition reads unmapped memory at 0x" + Long.toHexString(address));
    }

    /** Registers wider than 64 bits give their low half, as gdb expects. */
    private static long littleEndian(byte[] value) {
        long result = 0;
        for (int i = Math.min(8, value.length) - 1; i >= 0; i--) {
            result = result << 8 | value[i] & 0xff;
        }
        return result;
    }
}
