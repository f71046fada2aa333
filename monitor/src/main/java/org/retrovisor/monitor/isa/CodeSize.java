package org.retrovisor.monitor.isa;

/** The default size of code, from CS.L and CS.D. */
public enum CodeSize {
    /** Real mode, virtual-8086 mode and 16-bit code segments. */
    BITS_16,
    /** 32-bit code segments, in protected and in compatibility mode. */
    BITS_32,
    /** 64-bit mode. */
    BITS_64
}
