package org.retrovisor.monitor.isa;

/** A group of instructions that CPUID offers as one, beyond those that every processor model has. */
public enum Feature {
    /** AES-NI. */
    AES(1, 'c', 25),
    /** PCLMULQDQ. */
    PCLMULQDQ(1, 'c', 1),
    /** SHA-1 and SHA-256. */
    SHA(7, 'b', 29),
    /** LZCNT; without it the encoding is BSR. */
    LZCNT(0x8000_0001, 'c', 5),
    /** ANDN, BEXTR, BLSI, BLSMSK, BLSR and TZCNT; without it the encoding of TZCNT is BSF. */
    BMI1(7, 'b', 3),
    /** BZHI, MULX, PDEP, PEXT, RORX and shifts without flags. */
    BMI2(7, 'b', 8),
    /** The VEX encodings, and vectors of 256 bits for floating point. */
    AVX(1, 'c', 28),
    /** Vectors of 256 bits for integers, gathers. */
    AVX2(7, 'b', 5),
    /** Fused multiply-add. */
    FMA(1, 'c', 12),
    /** Conversions of half precision. */
    F16C(1, 'c', 29);

    private final int leaf;
    private final char register;
    private final int bit;

    Feature(int leaf, char register, int bit) {
        this.leaf = leaf;
        this.register = register;
        this.bit = bit;
    }

    /** What it adds to a register (a to d) of a leaf of CPUID. */
    public int bitIn(int ofLeaf, char ofRegister) {
        return leaf == ofLeaf && register == ofRegister ? 1 << bit : 0;
    }
}
