package org.retrovisor.monitor.isa;

/**
 * One decoded instruction. It holds nothing of where it stands, so it serves every address its page is mapped at.
 *
 * <p>General registers are numbered 0 (RAX) to 15 (R15); {@link #RIP} and {@link #ZERO} are readable through the same
 * register file so that an effective address is one sum. Byte registers AH, CH, DH and BH are {@link #AH} to AH + 3.
 */
public final class Instruction {
    /** The slot of the next instruction's address in the register file. */
    public static final int RIP = 16;
    /** The slot that always reads 0. */
    public static final int ZERO = 17;
    /** The number of byte register AH; CH, DH and BH follow. */
    public static final int AH = 20;

    /** The row that it is an instance of. */
    public final Row row;
    /** Its length in bytes, 1 to 15. */
    public final int length;
    /** Operand size of {@code v} operands in bytes: 2, 4 or 8. */
    public final int operandSize;
    /** Address size in bytes: 2, 4 or 8. */
    public final int addressSize;
    /** REX.W or VEX.W; never outside 64-bit mode. */
    public final boolean wide;
    /** The register in ModRM.reg with REX.R (or an AH-like number for byte operands). */
    public final int reg;
    /** The register in ModRM.rm or in the opcode, with REX.B; meaningless for memory forms. */
    public final int rm;
    /** The register in VEX.vvvv; 0 without a VEX prefix. */
    public final int vvvv;
    /** VEX.L: 256 bits instead of 128. */
    public final boolean wideVector;
    /** The vector register that holds the indexes of a gather. */
    public final int vectorIndex;
    /** The ModRM byte, 0 where there is none. */
    public final int modRm;
    /** Whether the E, M, W or Q operand is in memory. */
    public final boolean memory;
    /** How many bytes an access to the memory operand touches; 1 for images. */
    public final int accessBytes;
    /** Base register, {@link #ZERO} for none, {@link #RIP} for RIP-relative. */
    public final int base;
    /** Index register, {@link #ZERO} for none. */
    public final int index;
    /** log2 of the index scale. */
    public final int scale;
    /** Displacement, or the offset of an O operand, sign-extended. */
    public final long displacement;
    /** Segment of the memory operand after overrides: 0 ES, 1 CS, 2 SS, 3 DS, 4 FS, 5 GS. */
    public final int segment;
    /** Whether base + index + displacement is the linear address as it stands (64-bit, no FS or GS). */
    public final boolean flat;
    /** The first immediate: I and J sign-extended from their size, except 16-bit Iw, which is zero-extended. */
    public final long immediate;
    /** The second immediate: the selector of a far pointer, or ENTER's level. */
    public final int immediate2;
    /** 0, 0xF2 or 0xF3: the last repeat prefix, also when it serves as mandatory prefix. */
    public final int repeat;
    /** Whether 66 was among the prefixes. */
    public final boolean operandPrefix;
    /** Whether LOCK was among the prefixes. */
    public final boolean lock;
    /** What it does; bound by the engine that decodes it. */
    public Semantics semantics;

    Instruction(Decoder from, Row row) {
        this.row = row;
        this.length = from.length();
        this.operandSize = from.operandSize;
        this.addressSize = from.addressSize;
        this.wide = from.rexW;
        this.reg = from.reg;
        this.rm = from.rm;
        this.vvvv = from.vvvv;
        this.wideVector = from.wideVector;
        this.vectorIndex = from.vectorIndex;
        this.modRm = Math.max(from.modRm, 0);
        this.memory = from.memory;
        this.accessBytes = from.memory ? from.accessBytes(row) : 0;
        this.base = from.base;
        this.index = from.index;
        this.scale = from.scale;
        this.displacement = from.displacement;
        this.segment = from.segment;
        this.flat = from.flat;
        this.immediate = from.immediate;
        this.immediate2 = from.immediate2;
        this.repeat = from.repeat;
        this.operandPrefix = from.operandPrefix;
        this.lock = from.lock;
    }

    private Instruction(Instruction from, Row row, int reg, int rm, boolean memory, long immediate) {
        this.row = row;
        this.reg = reg;
        this.rm = rm;
        this.memory = memory;
        this.immediate = immediate;
        this.length = from.length;
        this.operandSize = from.operandSize;
        this.addressSize = from.addressSize;
        this.wide = from.wide;
        this.vvvv = from.vvvv;
        this.wideVector = from.wideVector;
        this.vectorIndex = from.vectorIndex;
        this.modRm = from.modRm;
        this.accessBytes = from.accessBytes;
        this.base = from.base;
        this.index = from.index;
        this.scale = from.scale;
        this.displacement = from.displacement;
        this.segment = from.segment;
        this.flat = from.flat;
        this.immediate2 = from.immediate2;
        this.repeat = from.repeat;
        this.operandPrefix = from.operandPrefix;
        this.lock = from.lock;
    }

    /** The same with other operands, as an instruction of another row: for semantics that borrow those of another. */
    public Instruction as(Row other, int otherReg, int otherRm, boolean inMemory, long otherImmediate) {
        return new Instruction(this, other, otherReg, otherRm, inMemory, otherImmediate);
    }

    /** Whether F2 or F3 was given. */
    public boolean repeated() {
        return repeat != 0;
    }
}
