package org.retrovisor.monitor.isa;

/** The mandatory prefix of a row, in the notation of the Intel manual's opcode column. */
public enum Prefix {
    /** The row does not care; 66, F2 and F3 keep their ordinary meaning. */
    ANY,
    /** NP: none of 66, F2 and F3. */
    NONE,
    /** 66. */
    P66,
    /** F3. */
    PF3,
    /** F2. */
    PF2;

    /** What the two lowest bits of a VEX prefix say for it. */
    public int implied() {
        return switch (this) {
            case P66 -> 1;
            case PF3 -> 2;
            case PF2 -> 3;
            default -> 0;
        };
    }
}
