package org.retrovisor.monitor.translator;

import org.retrovisor.monitor.isa.Instruction;

/**
 * The macros that rules are made of: guest registers, memory, flags, ways out.
 *
 * <p>Host registers: guest RAX RCX RDX RBX RBP RSI RDI R8 to R10 live in their namesakes, guest RSP in R12, guest R11 to
 * R15 in the {@link StateBlock}, which R15 points at. R11 points at the software TLB. R13 and R14 are scratch. RSP is the host's stack. XMM registers are in the state
 * block between blocks, and in their namesakes from their first use in a block on.
 *
 * <p>Flags: at the start and end of a block, and wherever it can be left, the guest's status flags are in the state block.
 * In between they may be {@link #live} in the host's flags only.
 */
final class Emitter {
    private static final int SCRATCH = Assembler.R13;
    private static final int ADDRESS = Assembler.R14;
    private static final int STATE = Assembler.R15;
    private static final int STACK = Assembler.R12;
    private static final int IN_MEMORY = -1;

    final Assembler code = new Assembler();
    private final WaysOut waysOut = new WaysOut(this);
    private final BlockJumps jumps = new BlockJumps(this);
    private final DirectRead direct = new DirectRead(code);
    private boolean live;
    private boolean auxiliaryUndefined;
    /** How to compute the live flags again, or null. */
    private FlagRecipe recipe;
    /** The number of the instruction that left them. */
    private int recipeIndex;
    /** The recipe of the guest's flags, which are neither live nor saved; null when they are. */
    private FlagRecipe parked;
    /** The block that the code is made of. */
    private BlockTranslator block;
    /** The number of the instruction that is emitted. */
    private int index;
    /** What is added to it where ways out are told apart: the code of a loop has the same instruction twice. */
    private int round;
    /** The jump to the second round. */
    private int loopSite;

    /** Sets of XMM registers, a bit each: those whose value is in the host's, and those of them that were changed. */
    private int vectors;

    private int changedVectors;
    private boolean x87;

    void begin(BlockTranslator translated) {
        block = translated;
        code.clear();
        waysOut.clear();
        direct.clear();
        live = false;
        recipe = null;
        parked = null;
        vectors = 0;
        changedVectors = 0;
        x87 = false;
        index = 0;
        round = 0;
    }

    BlockTranslator block() {
        return block;
    }

    /** The number of the instruction that is emitted. */
    int instruction() {
        return index;
    }

    /** The instruction that is emitted from now on. */
    void instruction(int number) {
        index = number;
    }

    /** What is known at some place; flags are saved or parked there. */
    record Held(int vectors, int changedVectors, FlagRecipe parked) {}

    Held held() {
        return new Held(vectors, changedVectors, parked);
    }

    /** Goes on with what was known at another place, in the first round. */
    void hold(Held held) {
        live = false;
        vectors = held.vectors;
        changedVectors = held.changedVectors;
        parked = held.parked;
        round = 0;
    }

    // ---------------------------------------------------------------- registers

    /** The host register of a guest register, or -1 if it is in the state block. */
    static int host(int guest) {
        if (guest == 4) {
            return STACK;
        }
        return guest < TlbProbe.TABLES ? guest : IN_MEMORY;
    }

    /** A register with the guest register's value: its own, or the scratch register. */
    int read(int guest) {
        int host = host(guest);
        if (host == IN_MEMORY) {
            code.load(8, SCRATCH, STATE, StateBlock.register(guest));
            return SCRATCH;
        }
        return host;
    }

    /** Puts back what {@link #read} gave, after it was changed. */
    void write(int guest) {
        if (host(guest) == IN_MEMORY) {
            code.store(8, SCRATCH, STATE, StateBlock.register(guest));
        }
    }

    /**
     * An instruction on the operand that ModRM.rm names: the memory at the checked address, or a register.
     *
     * @param field what goes to ModRM.reg
     */
    void onOperand(Instruction x, int mandatory, int opcode, int size, int field, boolean bytes) {
        if (!x.memory) {
            onRegister(x.rm, mandatory, opcode, size, field, bytes);
        } else if (direct.isOf(x)) {
            direct.emit(mandatory, opcode, size, field, bytes);
        } else {
            code.memory(mandatory, opcode, size, field, ADDRESS, 0, bytes);
        }
    }

    /** An instruction on a guest register in ModRM.rm, which it does not change, or not by 32 bits. */
    void onRegister(int guest, int mandatory, int opcode, int size, int field, boolean bytes) {
        int host = host(guest);
        if (host == IN_MEMORY) {
            code.memory(mandatory, opcode, size, field, STATE, StateBlock.register(guest), bytes);
        } else {
            code.register(mandatory, opcode, size, field, host, bytes);
        }
    }

    /**
     * An instruction that writes the operand that ModRM.rm names. A register of the state block is fetched for a write of 32 bits, which
     * clears its upper half: two stores of 4 bytes would hold up the load of 8 behind them. What may follow the instruction is its
     * immediate, and then {@link #written}.
     */
    void onWritten(Instruction x, int mandatory, int opcode, int size, int field, boolean bytes) {
        if (isFetched(x, size, bytes)) {
            code.load(8, ADDRESS, STATE, StateBlock.register(x.rm));
            code.register(mandatory, opcode, size, field, ADDRESS, bytes);
        } else {
            onOperand(x, mandatory, opcode, size, field, bytes);
        }
    }

    /** Puts back what {@link #onWritten}, called with the same, has fetched; no flag changes. */
    void written(Instruction x, int size, boolean bytes) {
        if (isFetched(x, size, bytes)) {
            code.store(8, ADDRESS, STATE, StateBlock.register(x.rm));
        }
    }

    private static boolean isFetched(Instruction x, int size, boolean bytes) {
        return !x.memory && size == 4 && !bytes && host(x.rm) == IN_MEMORY;
    }

    /** MOV of a host register into a guest register, with the rules for parts of registers; no flag changes. */
    void moveInto(int guest, int size, int register) {
        int host = host(guest);
        if (host != IN_MEMORY) {
            if (host != register || size == 4) {
                code.register(0x89, size, register, host);
            }
        } else if (size == 4) {
            code.register(0x89, 4, register, register);
            code.store(8, register, STATE, StateBlock.register(guest));
        } else {
            code.store(size, register, STATE, StateBlock.register(guest));
        }
    }

    // ---------------------------------------------------------------- memory

    /** The offset of the memory operand into the address register; no flag changes. */
    void offset(Instruction x, long next) {
        if (x.base == Instruction.RIP) {
            long target = next + x.displacement;
            code.constant(ADDRESS, x.addressSize == 4 ? target & 0xFFFF_FFFFL : target);
            return;
        }
        if (x.base != Instruction.ZERO && x.index == Instruction.ZERO && x.displacement == 0 && x.addressSize == 8) {
            code.move(ADDRESS, into(x.base, ADDRESS)); // which costs the host no time, unlike LEA
        } else {
            sum(x, x.addressSize, ADDRESS);
        }
    }

    /** The sum of base, index and displacement, cut to {@code size} bytes, into a host register; no flag changes. */
    void sum(Instruction x, int size, int register) {
        int base = x.base == Instruction.ZERO ? -1 : into(x.base, ADDRESS);
        int indexRegister = x.index == Instruction.ZERO ? -1 : into(x.index, SCRATCH);
        if (indexRegister >= 0) {
            code.indexed(0x8D, size, register, base, indexRegister, x.scale, (int) x.displacement);
        } else if (base >= 0) {
            code.memory(0x8D, size, register, base, (int) x.displacement);
        } else {
            code.constant(register, size == 4 ? x.displacement & 0xFFFF_FFFFL : x.displacement);
        }
    }

    /** A register with the guest register's value: its own, or the given one. */
    int into(int guest, int register) {
        int host = host(guest);
        if (host == IN_MEMORY) {
            code.load(8, register, STATE, StateBlock.register(guest));
            return register;
        }
        return host;
    }

    /** The host address of the memory operand into the address register, or out to the interpreter. Saves or parks flags. */
    void operandAddress(Instruction x, long next, int size, boolean write) {
        direct.clear();
        address(x, next, size, write);
    }

    /** The same for an operand that is read at most, by the next {@link #onOperand}; the scratch register is not free until then. */
    void operandToRead(Instruction x, long next, int size) {
        direct.begin(x, block.placeOfEntry(x));
        address(x, next, size, false);
    }

    private void address(Instruction x, long next, int size, boolean write) {
        parkFlags();
        offset(x, next);
        addSegmentBase(x);
        boolean ofStack = x.base == Assembler.RSP && x.index == Instruction.ZERO && x.segment < 4 && x.addressSize == 8;
        if (ofStack && size <= StackPage.LARGEST_ACCESS) {
            checkStack(CrossingAccess.of(x, size, write), write);
        } else if (block.placeOfEntry(x) >= 0) {
            waysOut.keptEntry(KeptEntry.find(code, index, block.placeOfEntry(x), size, write));
            addHost(x, TlbProbe.UNKNOWN, write);
        } else {
            int entry = x.segment < 4 ? knownEntry(x, next) : TlbProbe.UNKNOWN;
            find(x, CrossingAccess.of(x, size, write), write, size <= 8, entry);
        }
    }

    private void addHost(Instruction x, int entry, boolean write) {
        if (direct.isOf(x)) {
            direct.locate();
        } else {
            TlbProbe.addHost(code, entry, write);
        }
    }

    /** Where the TLB entry of a constant address is, or {@link TlbProbe#UNKNOWN}. */
    private static int knownEntry(Instruction x, long next) {
        boolean constant = x.index == Instruction.ZERO && (x.base == Instruction.RIP || x.base == Instruction.ZERO);
        long linear = x.displacement + (x.base == Instruction.RIP ? next : 0);
        return constant ? TlbProbe.entryOf(x.addressSize == 4 ? linear & 0xFFFF_FFFFL : linear) : TlbProbe.UNKNOWN;
    }

    /** The same for 16 bytes whose address must be a multiple of 16: another one raises #GP before the page is looked at. */
    void alignedAddress(Instruction x, long next, boolean write) {
        parkFlags();
        offset(x, next);
        addSegmentBase(x);
        code.register(0xF6, 1, 0, ADDRESS); // TEST R14B, 15
        code.byte8(15);
        leaveToInterpreterIf(Assembler.NOT_EQUAL);
        find(null, CrossingAccess.other(16), write, false, x.segment < 4 ? knownEntry(x, next) : TlbProbe.UNKNOWN);
    }

    /** Makes the offset in the address register a linear address; flags are lost. */
    void addSegmentBase(Instruction x) {
        if (x.segment >= 4) {
            code.memory(0x03, 8, ADDRESS, STATE, x.segment == 4 ? StateBlock.FS_BASE : StateBlock.GS_BASE);
        }
    }

    /** The host address of the stack at RSP + distance into the address register. Saves or parks flags. */
    void stackAddress(int distance, boolean write) {
        stackOffset(distance);
        checkStack(CrossingAccess.other(8), write);
    }

    /** RSP + distance into the address register. Saves or parks flags. */
    void stackOffset(int distance) {
        parkFlags();
        code.memory(0x8D, 8, ADDRESS, STACK, distance);
    }

    /** The host address of the stack frame's base, [RBP], into the address register. Saves or parks flags. */
    void frameAddress() {
        parkFlags();
        code.move(ADDRESS, Assembler.RBP);
        checkStack(CrossingAccess.other(8), false);
    }

    /** The host address for the linear address in the address register; flags are saved. */
    void checkAddress(int size, boolean write) {
        find(null, CrossingAccess.other(size), write, false, TlbProbe.UNKNOWN);
    }

    /** The same, but out to the interpreter if it is not in the TLB, wherever it could be entered. */
    void checkAddressOrLeave(int size, boolean write) {
        int site = TlbProbe.find(code, size, write);
        TlbProbe.addHost(code, write);
        waysOut.toInterpreter(exit(site, null));
    }

    private void checkStack(CrossingAccess access, boolean write) {
        int start = code.position();
        int site = StackPage.translate(code);
        int back = code.position();
        WaysOut.Miss miss = new WaysOut.Miss(start, write, vectors, -1, TlbProbe.UNKNOWN, access, back);
        waysOut.missStack(site, back, exit(-1, miss));
        StackPage.addHost(code);
    }

    /**
     * From the linear address in the address register to the host address; see {@code TlbContext} for the tables.
     *
     * @param alone whether no more is accessed there than these bytes, at most 8
     * @param entry where the address' entry is, if that is known
     */
    private void find(Instruction x, CrossingAccess access, boolean write, boolean alone, int entry) {
        int start = code.position();
        if (block.round() == 3) {
            waysOut.plainAccess(index, start);
        }
        int site = TlbProbe.find(code, entry, access.size(), write);
        int found = alone && write ? code.position() : -1;
        addHost(x, entry, write);
        WaysOut.Miss miss = new WaysOut.Miss(start, write, vectors, found, entry, access, code.position());
        waysOut.toInterpreter(exit(site, miss));
    }

    /** Loads 8 bytes from the checked address into the scratch register. */
    void loadScratch() {
        code.load(8, SCRATCH, ADDRESS, 0);
    }

    /** Stores 8 bytes from a host register to the checked address. */
    void storeAddress(int register) {
        code.store(8, register, ADDRESS, 0);
    }

    /** Stores a register at the address that {@link #stackAddress} found for -8, and moves RSP there; no flag changes. */
    void push(int register) {
        storeAddress(register);
        moveStack(-8);
    }

    /** RSP += distance; no flag changes. */
    void moveStack(int distance) {
        code.memory(0x8D, 8, STACK, STACK, distance);
    }

    // ---------------------------------------------------------------- XMM registers

    /** Makes the host's XMM register hold the guest's value; no flag changes. */
    void readVector(int number) {
        if ((vectors & 1 << number) == 0) {
            code.memory(0x110, 4, number, STATE, StateBlock.vector(number)); // MOVUPS
            vectors |= 1 << number;
        }
    }

    /** The host's XMM register holds a new value of the guest's. */
    void vectorWritten(int number) {
        vectors |= 1 << number;
        changedVectors |= 1 << number;
    }

    /** Whether XMM registers were used since {@link #begin}. */
    boolean usesVectors() {
        return vectors != 0;
    }

    /** Puts changed XMM registers into the state block; no flag changes. */
    void writeBackVectors() {
        storeVectors(changedVectors);
        changedVectors = 0;
    }

    /** Puts a set of XMM registers into the state block; no flag changes. */
    void storeVectors(int set) {
        if (set != 0) {
            code.memory(0xC7, 4, 0, STATE, StateBlock.VECTORS_CHANGED);
            code.int32(1);
        }
        for (int number = 0; number < 16; number++) {
            if ((set & 1 << number) != 0) {
                code.memory(0x111, 4, number, STATE, StateBlock.vector(number));
            }
        }
    }

    // ---------------------------------------------------------------- x87

    /** The block executes x87 instructions. */
    void useX87() {
        x87 = true;
    }

    boolean usesX87() {
        return x87;
    }

    // ---------------------------------------------------------------- flags

    /** The host's flags are now the guest's. */
    void flagsAreLive(boolean auxiliaryIsUndefined) {
        live = true;
        auxiliaryUndefined = auxiliaryIsUndefined;
        recipe = null;
        parked = null;
    }

    /** The host's flags are now the guest's, and can be computed again. */
    void flagsAreLive(FlagRecipe how) {
        flagsAreLive(how.auxiliaryUndefined());
        recipe = how;
        recipeIndex = index;
    }

    /** Before the host's flags are lost to an access that may fault: only the fault needs them, or they are saved. */
    private void parkFlags() {
        if (live && recipe != null && block.onlyFaultsSeeFlags(recipeIndex, recipe.sources())) {
            parked = recipe;
            live = false;
        }
        saveFlags();
    }

    /** The guest's flags are in the state block, whatever the host's are; or nothing will ever see them. */
    void flagsAreSaved() {
        live = false;
    }

    /** The guest's flags are known, in the form of the state block. */
    void flagsAre(int word) {
        code.memory(0xC7, 2, 0, STATE, StateBlock.FLAGS);
        code.immediate(word, 2);
        flagsAreSaved();
        parked = null;
    }

    boolean live() {
        return live;
    }

    boolean auxiliaryUndefined() {
        return auxiliaryUndefined;
    }

    /** Puts live flags into the state block; an undefined AF becomes 0, as everywhere. */
    void saveFlags() {
        if (live) {
            storeFlags(auxiliaryUndefined);
            live = false;
        }
    }

    /** Copies the host's flags to the state block and leaves them as they are. */
    void storeFlags() {
        storeFlags(false);
    }

    void storeFlags(boolean clearAuxiliary) {
        HostFlags.store(code, clearAuxiliary);
    }

    /** Makes the host's flags the guest's. */
    void loadFlags() {
        assert parked == null : "flags that only faults were to see";
        if (!live) {
            HostFlags.load(code);
        }
    }

    /** Makes the host's CF the guest's; other flags are lost unless they were live. */
    void loadCarry() {
        assert parked == null : "flags that only faults were to see";
        if (!live) {
            HostFlags.loadCarry(code);
        }
    }

    // ---------------------------------------------------------------- ways out

    /** Jcc of the middle of the code: goes to a linear address, or on behind it with everything as it is. */
    void leaveSideways(int condition, long target) {
        waysOut.sideways(new WaysOut.SideExit(
                code.jumpIf(condition), index, live, auxiliaryUndefined, changedVectors, target));
    }

    /** Whether the flags that are live at the end of a loop are seen by nothing but faults when it starts again. */
    boolean flagsAreForFaultsOf(Instruction[] loop, int count) {
        return live && recipe != null && FlagLife.onlyFaultsSee(loop, 0, 0, count, recipe.sources());
    }

    /**
     * Jcc to the start of the loop, or behind it. From the first round it goes to the second, from others to their own start.
     */
    void closeLoop(int condition, long next) {
        FlagRecipe ofLoop = recipe;
        int changed = changedVectors;
        if (block.round() == 1) {
            loopSite = code.jumpIf(condition);
        } else {
            code.jumpBackIf(condition, block.roundStart());
        }
        saveFlags();
        writeBackVectors();
        jumps.goTo(block.rip(), next);
        parked = ofLoop;
        changedVectors = changed;
    }

    /**
     * Another round of a loop, which goes on to itself: flags that only faults can see are not stored, and XMM registers stay in the host's.
     *
     * @param places of TLB entries that it keeps
     * @return where it begins
     */
    int beginRound(int number, int count, int[] places) {
        round = (number - 1) * (count + 1);
        if (number == 2) {
            code.land(loopSite);
        }
        for (int place : places) {
            KeptEntry.allowMisses(code, place);
        }
        int start = code.position();
        waysOut.loopBudget(prologue(count), changedVectors, parked);
        return start;
    }

    /** Goes on in the interpreter, before the current instruction, if the condition holds; flags are saved. */
    void leaveToInterpreterIf(int condition) {
        waysOut.toInterpreter(exit(code.jumpIf(condition), null));
    }

    /** Goes on in the interpreter, before the current instruction. */
    void leaveToInterpreter() {
        saveFlags();
        waysOut.toInterpreter(exit(code.jump(), null));
    }

    /** A jump out before the current instruction, with what must be written back now. */
    private WaysOut.SlowExit exit(int site, WaysOut.Miss miss) {
        return new WaysOut.SlowExit(site, round + index, changedVectors, parked, miss);
    }

    /** EDX:EAX become the timestamp counter, for which Java is asked; flags are saved, XMM registers written back. */
    void readTimestamp() {
        int site = code.jump();
        waysOut.readTimestamp(site, code.position(), index);
    }

    BlockJumps jumps() {
        return jumps;
    }

    WaysOut waysOut() {
        return waysOut;
    }

    /** The start of a block: takes its instructions off the budget; returns where the budget's end must land. */
    int prologue(int count) {
        code.arithmetic(5, 8, STATE, StateBlock.BUDGET, count);
        return code.jumpIf(Assembler.SIGN);
    }

    /** Behind the prologue of a block that uses XMM registers; returns where to land when they are not there. */
    int needVectors() {
        return jumpIfZero(StateBlock.VECTORS_VALID);
    }

    /** Behind the prologue of a block that uses the x87 unit; returns where to land when it is not the guest's. */
    int needX87() {
        int site = jumpIfZero(StateBlock.X87_VALID);
        code.memory(0xC7, 4, 0, STATE, StateBlock.X87_USED);
        code.int32(1);
        return site;
    }

    private int jumpIfZero(int field) {
        code.arithmetic(7, 4, STATE, field, 0);
        return code.jumpIf(Assembler.EQUAL);
    }
}
