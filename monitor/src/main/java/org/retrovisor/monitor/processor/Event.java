package org.retrovisor.monitor.processor;

/** What is delivered through the IDT, as far as delivery depends on it. */
enum Event {
    /** A fault of an instruction: it will be restarted, so the pushed RFLAGS has RF set. */
    FAULT,
    /** A #DB trap, behind an instruction. */
    TRAP,
    /** INT n, INT3, INTO: the gate's DPL is checked and EXT stays clear. */
    SOFTWARE,
    /** An interrupt from outside, maskable or not. */
    EXTERNAL;

    /** The EXT bit of error codes raised while delivering. */
    int externalBit() {
        return this == SOFTWARE ? 0 : 1;
    }
}
