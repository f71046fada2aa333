package org.retrovisor.monitor.interpreter.integer;

/** What BT, BTS, BTR and BTC make of the tested bit. */
enum BitOperation {
    BT {
        @Override
        long change(long value, long mask) {
            return value;
        }
    },
    BTS {
        @Override
        long change(long value, long mask) {
            return value | mask;
        }
    },
    BTR {
        @Override
        long change(long value, long mask) {
            return value & ~mask;
        }
    },
    BTC {
        @Override
        long change(long value, long mask) {
            return value ^ mask;
        }
    };

    /** The new value, of which {@code mask} is the tested bit. */
    abstract long change(long value, long mask);
}
