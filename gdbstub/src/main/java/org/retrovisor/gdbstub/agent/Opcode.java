package org.retrovisor.gdbstub.agent;

import java.util.function.Consumer;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * The bytecodes: code, operand and meaning, one row each, in the order of GDB's manual, "Bytecode Descriptions".
 *
 * <p>Left out, and so refused when a condition arrives: floating point (gdb itself never generates it), trace state variables
 * and printf (they belong to tracepoints).
 */
enum Opcode {
    ADD(0x02, (a, b) -> a + b), SUB(0x03, (a, b) -> a - b), MUL(0x04, (a, b) -> a * b), DIV_SIGNED(0x05,
            (a, b) -> a / divisor(b)), DIV_UNSIGNED(0x06, (a, b) -> Long.divideUnsigned(a, divisor(b))), REM_SIGNED(
                    0x07,
                    (a, b) -> a % divisor(b)), REM_UNSIGNED(0x08, (a, b) -> Long.remainderUnsigned(a, divisor(b))), LSH(
                            0x09,
                            (a, b) -> tooFar(b) ? 0 : a << b), RSH_SIGNED(0x0a, (a, b) -> a >> (tooFar(b)
                                    ? 63
                                    : b)), RSH_UNSIGNED(0x0b, (a, b) -> tooFar(b) ? 0 : a >>> b), LOG_NOT(0x0e,
                                            a -> truth(a == 0)), BIT_AND(0x0f, (a, b) -> a & b), BIT_OR(0x10,
                                                    (a, b) -> a | b), BIT_XOR(0x11, (a, b) -> a ^ b), BIT_NOT(0x12,
                                                            a -> ~a), EQUAL(0x13, (a, b) -> truth(a == b)), LESS_SIGNED(
                                                                    0x14, (a, b) -> truth(a < b)), LESS_UNSIGNED(0x15,
                                                                            (a, b) -> truth(Long.compareUnsigned(a,
                                                                                    b) < 0)), EXT(0x16, 1, m -> m
                                                                                            .push(signExtend(m.pop(), m
                                                                                                    .operand()))), REF8(
                                                                                                            0x17, 0,
                                                                                                            m -> m.fetch(
                                                                                                                    1)), REF16(
                                                                                                                            0x18,
                                                                                                                            0,
                                                                                                                            m -> m.fetch(
                                                                                                                                    2)), REF32(
                                                                                                                                            0x19,
                                                                                                                                            0,
                                                                                                                                            m -> m.fetch(
                                                                                                                                                    4)), REF64(
                                                                                                                                                            0x1a,
                                                                                                                                                            0,
                                                                                                                                                            m -> m.fetch(
                                                                                                                                                                    8)), IF_GOTO(
                                                                                                                                                                            0x20,
                                                                                                                                                                            2,
                                                                                                                                                                            m -> m.jumpIf(
                                                                                                                                                                                    m.pop() != 0)), GOTO(
                                                                                                                                                                                            0x21,
                                                                                                                                                                                            2,
                                                                                                                                                                                            m -> m.jumpIf(
                                                                                                                                                                                                    true)), CONST8(
                                                                                                                                                                                                            0x22,
                                                                                                                                                                                                            1,
                                                                                                                                                                                                            m -> m.push(
                                                                                                                                                                                                                    m.operand())), CONST16(
                                                                                                                                                                                                                            0x23,
                                                                                                                                                                                                                            2,
                                                                                                                                                                                                                            m -> m.push(
                                                                                                                                                                                                                                    m.operand())), CONST32(
                                                                                                                                                                                                                                            0x24,
                                                                                                                                                                                                                                            4,
                                                                                                                                                                                                                                            m -> m.push(
                                                                                                                                                                                                                                                    m.operand())), CONST64(
                                                                                                                                                                                                                                                            0x25,
                                                                                                                                                                                                                                                            8,
                                                                                                                                                                                                                                                            m -> m.push(
                                                                                                                                                                                                                                                                    m.operand())), REG(
                                                                                                                                                                                                                                                                            0x26,
                                                                                                                                                                                                                                                                            2,
                                                                                                                                                                                                                                                                            m -> m.pushRegister(
                                                                                                                                                                                                                                                                                    m.operand())), END(
                                                                                                                                                                                                                                                                                            0x27,
                                                                                                                                                                                                                                                                                            0,
                                                                                                                                                                                                                                                                                            Evaluation::end), DUP(
                                                                                                                                                                                                                                                                                                    0x28,
                                                                                                                                                                                                                                                                                                    0,
                                                                                                                                                                                                                                                                                                    m -> m.pick(
                                                                                                                                                                                                                                                                                                            0)), POP(
                                                                                                                                                                                                                                                                                                                    0x29,
                                                                                                                                                                                                                                                                                                                    0,
                                                                                                                                                                                                                                                                                                                    Evaluation::pop), ZERO_EXT(
                                                                                                                                                                                                                                                                                                                            0x2a,
                                                                                                                                                                                                                                                                                                                            1,
                                                                                                                                                                                                                                                                                                                            m -> m.push(
                                                                                                                                                                                                                                                                                                                                    zeroExtend(
                                                                                                                                                                                                                                                                                                                                            m.pop(),
                                                                                                                                                                                                                                                                                                                                            m.operand()))), SWAP(
                                                                                                                                                                                                                                                                                                                                                    0x2b,
                                                                                                                                                                                                                                                                                                                                                    0,
                                                                                                                                                                                                                                                                                                                                                    Evaluation::swap), PICK(
                                                                                                                                                                                                                                                                                                                                                            0x32,
                                                                                                                                                                                                                                                                                                                                                            1,
                                                                                                                                                                                                                                                                                                                                                            m -> m.pick(
                                                                                                                                                                                                                                                                                                                                                                    m.operand())), ROT(
                                                                                                                                                                                                                                                                                                                                                                            0x33,
                                                                                                                                                                                                                                                                                                                                                                            0,
                                                                                                                                                                                                                                                                                                                                                                            Evaluation::rotate);

    private static final Opcode[] BY_CODE = new Opcode[256];

    static {
        for (Opcode opcode : values()) {
            BY_CODE[opcode.code] = opcode;
        }
    }

    final int code;
    /** Bytes that follow the code: an unsigned number, most significant byte first. */
    final int operandBytes;

    final Consumer<Evaluation> meaning;

    Opcode(int code, int operandBytes, Consumer<Evaluation> meaning) {
        this.code = code;
        this.operandBytes = operandBytes;
        this.meaning = meaning;
    }

    Opcode(int code, LongBinaryOperator operator) {
        this(code, 0, m -> {
            long b = m.pop();
            long a = m.pop();
            m.push(operator.applyAsLong(a, b));
        });
    }

    Opcode(int code, LongUnaryOperator operator) {
        this(code, 0, m -> m.push(operator.applyAsLong(m.pop())));
    }

    /** The row, or null when the code is none of ours. */
    static Opcode of(int code) {
        return BY_CODE[code];
    }

    boolean jumps() {
        return this == GOTO || this == IF_GOTO;
    }

    private static long truth(boolean value) {
        return value ? 1 : 0;
    }

    private static boolean tooFar(long shift) {
        return shift < 0 || shift > 63;
    }

    private static long divisor(long b) {
        if (b == 0) {
            throw new AgentError("the condition divides by zero");
        }
        return b;
    }

    private static long signExtend(long value, long bits) {
        int unused = unusedBits(bits);
        return value << unused >> unused;
    }

    private static long zeroExtend(long value, long bits) {
        int unused = unusedBits(bits);
        return value << unused >>> unused;
    }

    private static int unusedBits(long bits) {
        if (bits == 0) {
            throw new AgentError("the condition extends a value of no bits");
        }
        return (int) Math.max(0, 64 - bits);
    }
}
