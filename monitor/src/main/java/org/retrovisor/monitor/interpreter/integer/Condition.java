package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.processor.Flags;

/** The sixteen conditions of Jcc, SETcc and CMOVcc, in the order of their codes. */
enum Condition {
    O {
        @Override
        boolean holds(Flags flags) {
            return flags.overflow();
        }
    },
    NO {
        @Override
        boolean holds(Flags flags) {
            return !flags.overflow();
        }
    },
    B {
        @Override
        boolean holds(Flags flags) {
            return flags.carry();
        }
    },
    AE {
        @Override
        boolean holds(Flags flags) {
            return !flags.carry();
        }
    },
    E {
        @Override
        boolean holds(Flags flags) {
            return flags.zero();
        }
    },
    NE {
        @Override
        boolean holds(Flags flags) {
            return !flags.zero();
        }
    },
    BE {
        @Override
        boolean holds(Flags flags) {
            return flags.carry() || flags.zero();
        }
    },
    A {
        @Override
        boolean holds(Flags flags) {
            return !flags.carry() && !flags.zero();
        }
    },
    S {
        @Override
        boolean holds(Flags flags) {
            return flags.sign();
        }
    },
    NS {
        @Override
        boolean holds(Flags flags) {
            return !flags.sign();
        }
    },
    P {
        @Override
        boolean holds(Flags flags) {
            return flags.parity();
        }
    },
    NP {
        @Override
        boolean holds(Flags flags) {
            return !flags.parity();
        }
    },
    L {
        @Override
        boolean holds(Flags flags) {
            return flags.sign() != flags.overflow();
        }
    },
    GE {
        @Override
        boolean holds(Flags flags) {
            return flags.sign() == flags.overflow();
        }
    },
    LE {
        @Override
        boolean holds(Flags flags) {
            return flags.zero() || flags.sign() != flags.overflow();
        }
    },
    G {
        @Override
        boolean holds(Flags flags) {
            return !flags.zero() && flags.sign() == flags.overflow();
        }
    };

    abstract boolean holds(Flags flags);
}
