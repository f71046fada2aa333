package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.processor.Flags;

/** The operations of addition and subtraction, and their relatives with one operand. */
final class Arithmetic {
    static final Operation ADD = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            int r = a + b;
            flags.add8(a, b, r);
            return r;
        }

        @Override
        int op16(Flags flags, int a, int b) {
            int r = a + b;
            flags.add16(a, b, r);
            return r;
        }

        @Override
        int op32(Flags flags, int a, int b) {
            int r = a + b;
            flags.add32(a, b, r);
            return r;
        }

        @Override
        long op64(Flags flags, long a, long b) {
            long r = a + b;
            flags.add64(a, b, r);
            return r;
        }
    };

    static final Operation ADC = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            int r = a + b + flags.carryBit();
            flags.add8(a, b, r);
            return r;
        }

        @Override
        int op16(Flags flags, int a, int b) {
            int r = a + b + flags.carryBit();
            flags.add16(a, b, r);
            return r;
        }

        @Override
        int op32(Flags flags, int a, int b) {
            int r = a + b + flags.carryBit();
            flags.add32(a, b, r);
            return r;
        }

        @Override
        long op64(Flags flags, long a, long b) {
            long r = a + b + flags.carryBit();
            flags.add64(a, b, r);
            return r;
        }
    };

    static final Operation SUB = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            int r = a - b;
            flags.sub8(a, b, r);
            return r;
        }

        @Override
        int op16(Flags flags, int a, int b) {
            int r = a - b;
            flags.sub16(a, b, r);
            return r;
        }

        @Override
        int op32(Flags flags, int a, int b) {
            int r = a - b;
            flags.sub32(a, b, r);
            return r;
        }

        @Override
        long op64(Flags flags, long a, long b) {
            long r = a - b;
            flags.sub64(a, b, r);
            return r;
        }
    };

    static final Operation SBB = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            int r = a - b - flags.carryBit();
            flags.sub8(a, b, r);
            return r;
        }

        @Override
        int op16(Flags flags, int a, int b) {
            int r = a - b - flags.carryBit();
            flags.sub16(a, b, r);
            return r;
        }

        @Override
        int op32(Flags flags, int a, int b) {
            int r = a - b - flags.carryBit();
            flags.sub32(a, b, r);
            return r;
        }

        @Override
        long op64(Flags flags, long a, long b) {
            long r = a - b - flags.carryBit();
            flags.sub64(a, b, r);
            return r;
        }
    };

    /** Addition of 1 that leaves CF alone. */
    static final Operation INC = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            boolean carry = flags.carry();
            int r = ADD.op8(flags, a, 1);
            flags.setCarry(carry);
            return r;
        }

        @Override
        int op16(Flags flags, int a, int b) {
            boolean carry = flags.carry();
            int r = ADD.op16(flags, a, 1);
            flags.setCarry(carry);
            return r;
        }

        @Override
        int op32(Flags flags, int a, int b) {
            boolean carry = flags.carry();
            int r = ADD.op32(flags, a, 1);
            flags.setCarry(carry);
            return r;
        }

        @Override
        long op64(Flags flags, long a, long b) {
            boolean carry = flags.carry();
            long r = ADD.op64(flags, a, 1);
            flags.setCarry(carry);
            return r;
        }
    };

    /** Subtraction of 1 that leaves CF alone. */
    static final Operation DEC = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            boolean carry = flags.carry();
            int r = SUB.op8(flags, a, 1);
            flags.setCarry(carry);
            return r;
        }

        @Override
        int op16(Flags flags, int a, int b) {
            boolean carry = flags.carry();
            int r = SUB.op16(flags, a, 1);
            flags.setCarry(carry);
            return r;
        }

        @Override
        int op32(Flags flags, int a, int b) {
            boolean carry = flags.carry();
            int r = SUB.op32(flags, a, 1);
            flags.setCarry(carry);
            return r;
        }

        @Override
        long op64(Flags flags, long a, long b) {
            boolean carry = flags.carry();
            long r = SUB.op64(flags, a, 1);
            flags.setCarry(carry);
            return r;
        }
    };

    /** Subtraction from 0. */
    static final Operation NEG = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            return SUB.op8(flags, 0, a);
        }

        @Override
        int op16(Flags flags, int a, int b) {
            return SUB.op16(flags, 0, a);
        }

        @Override
        int op32(Flags flags, int a, int b) {
            return SUB.op32(flags, 0, a);
        }

        @Override
        long op64(Flags flags, long a, long b) {
            return SUB.op64(flags, 0, a);
        }
    };

    private Arithmetic() {}
}
