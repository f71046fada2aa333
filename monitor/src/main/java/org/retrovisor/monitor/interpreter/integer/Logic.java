package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.processor.Flags;

/** The bitwise operations. */
final class Logic {
    static final Operation AND = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            int r = a & b;
            flags.logic((byte) r);
            return r;
        }

        @Override
        int op16(Flags flags, int a, int b) {
            int r = a & b;
            flags.logic((short) r);
            return r;
        }

        @Override
        int op32(Flags flags, int a, int b) {
            int r = a & b;
            flags.logic(r);
            return r;
        }

        @Override
        long op64(Flags flags, long a, long b) {
            long r = a & b;
            flags.logic(r);
            return r;
        }
    };

    static final Operation OR = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            int r = a | b;
            flags.logic((byte) r);
            return r;
        }

        @Override
        int op16(Flags flags, int a, int b) {
            int r = a | b;
            flags.logic((short) r);
            return r;
        }

        @Override
        int op32(Flags flags, int a, int b) {
            int r = a | b;
            flags.logic(r);
            return r;
        }

        @Override
        long op64(Flags flags, long a, long b) {
            long r = a | b;
            flags.logic(r);
            return r;
        }
    };

    static final Operation XOR = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            int r = a ^ b;
            flags.logic((byte) r);
            return r;
        }

        @Override
        int op16(Flags flags, int a, int b) {
            int r = a ^ b;
            flags.logic((short) r);
            return r;
        }

        @Override
        int op32(Flags flags, int a, int b) {
            int r = a ^ b;
            flags.logic(r);
            return r;
        }

        @Override
        long op64(Flags flags, long a, long b) {
            long r = a ^ b;
            flags.logic(r);
            return r;
        }
    };

    /** Inverts all bits; no flag changes. */
    static final Operation NOT = new Operation() {
        @Override
        int op8(Flags flags, int a, int b) {
            return ~a;
        }

        @Override
        int op16(Flags flags, int a, int b) {
            return ~a;
        }

        @Override
        int op32(Flags flags, int a, int b) {
            return ~a;
        }

        @Override
        long op64(Flags flags, long a, long b) {
            return ~a;
        }
    };

    private Logic() {}
}
