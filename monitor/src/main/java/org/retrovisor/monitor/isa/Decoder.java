package org.retrovisor.monitor.isa;

import java.util.List;

/**
 * Turns bytes into {@link Instruction}s by the rows of an {@link InstructionTable}.
 *
 * <p>A decoder is a scratch pad: not thread-safe, reused from one instruction to the next. Whatever the bytes are, the
 * answer is an instruction: undefined encodings decode to {@link InstructionTable#undefined()}, overlong ones to
 * {@link InstructionTable#tooLong()}; {@code null} says that more bytes are needed than were given.
 */
public final class Decoder {
    private static final int LIMIT = 15;
    private static final int DEFAULT_SEGMENT = -1;

    private final InstructionTable table;
    private byte[] code = new byte[0];
    private int start;
    private int position;
    private int limit;
    private CodeSize mode = CodeSize.BITS_64;

    // the fields of the instruction in the making, read by its constructor
    int operandSize;
    int addressSize;
    boolean rexW;
    int reg;
    int rm;
    int modRm;
    boolean memory;
    int base;
    int index;
    int scale;
    long displacement;
    int segment;
    boolean flat;
    long immediate;
    int immediate2;
    int repeat;
    boolean operandPrefix;
    boolean lock;
    int vvvv;
    boolean wideVector;
    int vectorIndex;

    private final boolean vexKnown;
    private final Rules rules;
    private int wholeVvvv;
    private boolean vex;
    private int sibIndex;
    private boolean addressPrefix;
    private int rex;
    private int segmentOverride;

    /** Bytes ran out, or 15 were not enough. A control-flow signal inside {@link #decode} only. */
    private static final class OutOfBytes extends RuntimeException {
        private static final long serialVersionUID = 1;

        OutOfBytes() {
            super(null, null, false, false);
        }
    }

    /**
     * What versions of the processor models decode otherwise.
     *
     * @param strictVex whether VEX forms that are undefined are: gathers without an index, and a register in VEX.vvvv that nothing
     *     uses, of which only the top bit is there outside 64-bit mode
     * @param vexWEverywhere whether VEX.W makes moves between vectors and general registers 64 bits wide outside 64-bit mode, too
     */
    public record Rules(boolean strictVex, boolean vexWEverywhere) {
        static final Rules LATEST = new Rules(true, false);

        private boolean showsVexW(Row row) {
            return vexWEverywhere && row.vex();
        }
    }

    private static final OutOfBytes OUT_OF_BYTES = new OutOfBytes();

    /** A decoder for this table. */
    public Decoder(InstructionTable table) {
        this(table, Rules.LATEST);
    }

    /** A decoder for this table that goes by these rules. */
    public Decoder(InstructionTable table, Rules rules) {
        this.table = table;
        this.rules = rules;
        this.vexKnown = table.hasVex();
    }

    /**
     * Decodes the instruction at {@code bytes[offset]}; bytes from {@code end} on are not there.
     *
     * @return the instruction, or {@code null} when it goes on past {@code end} within its 15 bytes
     */
    public Instruction decode(byte[] bytes, int offset, int end, CodeSize codeSize) {
        code = bytes;
        start = offset;
        position = offset;
        limit = Math.min(end, offset + LIMIT);
        mode = codeSize;
        clear();
        try {
            return decodeBody();
        } catch (OutOfBytes e) {
            boolean overlong = limit == offset + LIMIT;
            return overlong ? new Instruction(this, table.tooLong()) : null;
        }
    }

    /** Bytes consumed so far. */
    int length() {
        return position - start;
    }

    boolean addressesAre64() {
        return mode == CodeSize.BITS_64;
    }

    /** How many bytes an access to the row's memory operand touches. */
    int accessBytes(Row row) {
        if (row.is(Attribute.M16)) {
            return 2;
        }
        List<Operand> operands = row.operands();
        for (int i = 0; i < operands.size(); i++) { // an iterator for each row would be a tenth of what a guest's start leaves to be collected
            if (operands.get(i).maybeMemory()) {
                return operands.get(i).bytes(this);
            }
        }
        return 1;
    }

    private void clear() {
        rexW = false;
        reg = 0;
        rm = 0;
        modRm = -1;
        memory = false;
        base = Instruction.ZERO;
        index = Instruction.ZERO;
        scale = 0;
        displacement = 0;
        segment = 3;
        flat = false;
        immediate = 0;
        immediate2 = 0;
        repeat = 0;
        operandPrefix = false;
        lock = false;
        addressPrefix = false;
        rex = 0;
        segmentOverride = DEFAULT_SEGMENT;
        vex = false;
        vvvv = 0;
        wholeVvvv = 0;
        sibIndex = 0;
        wideVector = false;
        vectorIndex = 0;
    }

    private Instruction decodeBody() {
        int opcode = readPrefixes();
        int map = 0;
        if ((opcode == 0xC4 || opcode == 0xC5) && startsVex()) {
            map = readVex(opcode);
            opcode = next();
        } else if (opcode == 0x0F) {
            map = 1;
            opcode = next();
            if (opcode == 0x38 || opcode == 0x3A) {
                map = opcode == 0x38 ? 2 : 3;
                opcode = next();
            }
        }
        Row[] candidates = table.candidates(vex, map, opcode);
        if (candidates.length > 0 && candidates[0].hasModRm()) {
            modRm = next();
        }
        Row row = choose(candidates);
        sizes(row);
        if (vex) {
            settleVex();
        }
        if (row == table.undefined()) {
            return new Instruction(this, row);
        }
        if (modRm >= 0) {
            readModRm(row);
        } else if (row.plusR()) {
            rm = (opcode & 7) | (rex & 1) << 3;
        }
        readOperands(row);
        if (lock && !(row.lockable() && memory) || vex && isUndefinedVex(row)) {
            return new Instruction(this, table.undefined());
        }
        return new Instruction(this, row);
    }

    // ---------------------------------------------------------------- VEX

    /** In 64-bit mode C4 and C5 are always a prefix; elsewhere LES and LDS have no register form. */
    private boolean startsVex() {
        return vexKnown && (mode == CodeSize.BITS_64 || (peek() & 0xC0) == 0xC0);
    }

    /**
     * Reads what follows C4 or C5 (Intel SDM volume 2, section 2.3.5); the map. A prefix that VEX does not stand together
     * with leads to a map without rows.
     */
    private int readVex(int opcode) {
        boolean alone = !operandPrefix && repeat == 0 && !lock && rex == 0;
        vex = true;
        int first = next();
        int last = first;
        int map = 1;
        rex = ~first >> 5 & 4;
        if (opcode == 0xC4) {
            rex = ~first >> 5 & 7;
            map = first & 31;
            last = next();
            rexW = (last & 0x80) != 0;
        }
        if (mode != CodeSize.BITS_64) {
            rex = 0;
        }
        wholeVvvv = ~last >> 3 & 15;
        vvvv = mode == CodeSize.BITS_64 ? wholeVvvv : wholeVvvv & 7;
        wideVector = (last & 4) != 0;
        int implied = last & 3;
        operandPrefix = implied == 1;
        repeat = implied == 2 ? 0xF3 : implied == 3 ? 0xF2 : 0;
        return alone && map >= 1 && map <= 3 ? map : 0;
    }

    private boolean isUndefinedVex(Row row) {
        boolean withoutIndex = rules.strictVex && row.is(Attribute.VSIB) && ((modRm & 7) != 4 || addressSize == 2);
        return withoutIndex || !row.usesVvvv() && (rules.strictVex ? wholeVvvv : vvvv) != 0;
    }

    /** Prefixes in VEX only chose the row; VEX.W chooses the size of general registers in 64-bit mode. */
    private void settleVex() {
        operandPrefix = false;
        repeat = 0;
        rexW &= mode == CodeSize.BITS_64;
        operandSize = rexW ? 8 : 4;
    }

    private int peek() {
        if (position >= limit) {
            throw OUT_OF_BYTES;
        }
        return code[position] & 0xFF;
    }

    // ---------------------------------------------------------------- prefixes

    private int readPrefixes() {
        while (true) {
            int b = next();
            if (mode == CodeSize.BITS_64 && (b & 0xF0) == 0x40) {
                rex = b;
                rexW = (b & 8) != 0;
                continue;
            }
            if (!legacyPrefix(b)) {
                return b;
            }
            rex = 0; // REX counts only directly before the opcode
            rexW = false;
        }
    }

    private boolean legacyPrefix(int b) {
        switch (b) {
            case 0x66 -> operandPrefix = true;
            case 0x67 -> addressPrefix = true;
            case 0xF0 -> lock = true;
            case 0xF2, 0xF3 -> repeat = b;
            case 0x26 -> overrideSegment(0);
            case 0x2E -> overrideSegment(1);
            case 0x36 -> overrideSegment(2);
            case 0x3E -> overrideSegment(3);
            case 0x64 -> segmentOverride = 4;
            case 0x65 -> segmentOverride = 5;
            default -> {
                return false;
            }
        }
        return true;
    }

    private void overrideSegment(int number) {
        if (mode != CodeSize.BITS_64) { // 64-bit mode ignores ES, CS, SS and DS overrides
            segmentOverride = number;
        }
    }

    private Row choose(Row[] candidates) {
        Row loose = null;
        Row by66 = null;
        for (Row row : candidates) {
            if (!fits(row)) {
                continue;
            }
            switch (row.prefix()) {
                case ANY -> loose = loose == null ? row : loose;
                case NONE -> {
                    if (repeat == 0 && !operandPrefix) {
                        return row;
                    }
                }
                case PF2 -> {
                    if (repeat == 0xF2) {
                        return row;
                    }
                }
                case PF3 -> {
                    if (repeat == 0xF3) {
                        return row;
                    }
                }
                case P66 -> {
                    if (operandPrefix && repeat == 0) {
                        by66 = row;
                    }
                }
            }
        }
        if (by66 != null) {
            return by66;
        }
        return loose != null ? loose : table.undefined();
    }

    private boolean fits(Row row) {
        if (mode == CodeSize.BITS_64 ? row.is(Attribute.I64) : row.is(Attribute.O64) && !rules.showsVexW(row)) {
            return false;
        }
        if (row.is(Attribute.W0) && rexW && !ignoresW(row) || row.is(Attribute.W1) && !rexW) {
            return false;
        }
        if (row.is(Attribute.L0) && wideVector || row.is(Attribute.L1) && !wideVector) {
            return false;
        }
        if (row.extension() >= 0 && row.extension() != (modRm >> 3 & 7)) {
            return false;
        }
        if (row.modRm() >= 0 && (modRm < row.modRm() || modRm >= row.modRm() + row.modRmCount())) {
            return false;
        }
        boolean register = modRm >= 0xC0;
        return switch (row.form()) {
            case EITHER -> true;
            case MEMORY -> !register;
            case REGISTER -> register;
        };
    }

    private boolean ignoresW(Row row) {
        return mode != CodeSize.BITS_64 && row.is(Attribute.WIG32) && !rules.showsVexW(row);
    }

    private void sizes(Row row) {
        switch (mode) {
            case BITS_64 -> {
                int natural = row.is(Attribute.D64) || row.is(Attribute.F64) ? 8 : 4;
                operandSize = rexW || row.is(Attribute.F64) ? 8 : operandPrefix ? 2 : natural;
                addressSize = addressPrefix ? 4 : 8;
            }
            case BITS_32 -> {
                operandSize = operandPrefix ? 2 : 4;
                addressSize = addressPrefix ? 2 : 4;
            }
            case BITS_16 -> {
                operandSize = operandPrefix ? 4 : 2;
                addressSize = addressPrefix ? 4 : 2;
            }
        }
    }

    private void readModRm(Row row) {
        reg = (modRm >> 3 & 7) | (rex & 4) << 1;
        rm = (modRm & 7) | (rex & 1) << 3;
        memory = modRm < 0xC0 && !row.is(Attribute.ANYMOD);
        if (memory) {
            readAddress();
            if (row.is(Attribute.VSIB)) {
                vectorIndex = sibIndex;
                index = Instruction.ZERO;
            }
        }
        boolean highBytes = rex == 0;
        List<Operand> operands = row.operands();
        for (int i = 0; i < operands.size(); i++) {
            Operand operand = operands.get(i);
            if (highBytes && operand.byteInReg()) {
                reg = byteRegister(reg);
            } else if (highBytes && operand.byteInRm() && !memory) {
                rm = byteRegister(rm);
            }
        }
    }

    private static int byteRegister(int number) {
        return number >= 4 && number < 8 ? number - 4 + Instruction.AH : number;
    }

    private void readAddress() {
        if (addressSize == 2) {
            readAddress16();
        } else {
            readAddress32();
        }
        settleSegment();
    }

    private void settleSegment() {
        if (segmentOverride != DEFAULT_SEGMENT) {
            segment = segmentOverride;
        }
        flat = mode == CodeSize.BITS_64 && addressSize == 8 && segment < 4;
    }

    private void readAddress32() {
        int mod = modRm >> 6;
        int low = modRm & 7;
        base = rm;
        if (low == 4) {
            int sib = next();
            scale = sib >> 6;
            int indexNumber = (sib >> 3 & 7) | (rex & 2) << 2;
            sibIndex = indexNumber;
            index = indexNumber == 4 ? Instruction.ZERO : indexNumber;
            base = (sib & 7) | (rex & 1) << 3;
            low = sib & 7;
        }
        if (low == 5 && mod == 0) {
            boolean ripRelative = mode == CodeSize.BITS_64 && (modRm & 7) == 5;
            base = ripRelative ? Instruction.RIP : Instruction.ZERO;
            displacement = signed(4);
        } else if (mod != 0) {
            displacement = signed(mod == 1 ? 1 : 4);
        }
        segment = base == 4 || base == 5 ? 2 : 3;
    }

    private static final int[] BASE_16 = {3, 3, 5, 5, 6, 7, 5, 3};
    private static final int[] INDEX_16 = {6, 7, 6, 7, Instruction.ZERO, Instruction.ZERO, Instruction.ZERO,
        Instruction.ZERO};

    private void readAddress16() {
        int mod = modRm >> 6;
        int low = modRm & 7;
        base = BASE_16[low];
        index = INDEX_16[low];
        if (mod == 0 && low == 6) {
            base = Instruction.ZERO;
            displacement = signed(2);
        } else if (mod != 0) {
            displacement = signed(mod);
        }
        segment = base == 5 ? 2 : 3;
    }

    private void readOperands(Row row) {
        boolean first = true;
        List<Operand> operands = row.operands();
        for (int i = 0; i < operands.size(); i++) {
            Operand operand = operands.get(i);
            switch (operand.place()) {
                case 'I', 'J' -> {
                    long value = immediate(operand);
                    if (first) {
                        immediate = value;
                        first = false;
                    } else {
                        immediate2 = (int) value;
                    }
                }
                case 'L' -> immediate = signed(1);
                case 'A' -> {
                    immediate = operandSize == 2 ? unsigned(2) : unsigned(4);
                    immediate2 = (int) unsigned(2);
                }
                case 'O' -> {
                    displacement = addressSize == 8 ? signed(8) : unsigned(addressSize);
                    memory = true;
                    settleSegment();
                }
                case 'X' -> settleSegment();
                case 'Z' -> {
                    if (rex == 0 && operand.byteInRm()) {
                        rm = byteRegister(rm);
                    }
                }
                default -> {}
            }
        }
    }

    private long immediate(Operand operand) {
        return switch (operand.size()) {
            case "b" -> signed(1);
            case "w" -> unsigned(2);
            case "z" -> signed(Math.min(operandSize, 4));
            case "v" -> signed(operandSize);
            case "d" -> signed(4);
            default -> throw new IllegalStateException("immediate " + operand.text());
        };
    }

    private int next() {
        if (position >= limit) {
            throw OUT_OF_BYTES;
        }
        return code[position++] & 0xFF;
    }

    private long unsigned(int bytes) {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (long) next() << (8 * i);
        }
        return value;
    }

    private long signed(int bytes) {
        int unused = 64 - 8 * bytes;
        return unsigned(bytes) << unused >> unused;
    }
}
