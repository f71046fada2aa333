package org.retrovisor.monitor.translator;

/** The host's status flags to the guest's in the state block, and back; R13 is lost. */
final class HostFlags {
    private static final int SCRATCH = Assembler.R13;
    private static final int STATE = Assembler.R15;

    private HostFlags() {}

    /** Copies the host's flags to the state block, and leaves them as they are unless AF is to be cleared. */
    static void store(Assembler code, boolean clearAuxiliary) {
        code.move(SCRATCH, Assembler.RAX);
        code.byte8(0x9F); // LAHF
        code.register(0x190, 1, 0, Assembler.RAX); // SETO AL
        if (clearAuxiliary) {
            code.byte8(0x80); // AND AH, which changes the host's flags
            code.byte8(0xE4);
            code.byte8(0xEF);
        }
        code.store(2, Assembler.RAX, STATE, StateBlock.FLAGS);
        code.move(Assembler.RAX, SCRATCH);
    }

    /** Makes the host's flags those of the state block. */
    static void load(Assembler code) {
        code.move(SCRATCH, Assembler.RAX);
        code.memory(0x1B7, 4, Assembler.RAX, STATE, StateBlock.FLAGS); // MOVZX EAX, word
        code.byte8(0x04); // ADD AL, 127 sets OF when AL is 1
        code.byte8(0x7F);
        code.byte8(0x9E); // SAHF
        code.move(Assembler.RAX, SCRATCH);
    }

    /** Makes the host's CF that of the state block; other flags are lost. */
    static void loadCarry(Assembler code) {
        code.memory(0x1B7, 4, SCRATCH, STATE, StateBlock.FLAGS); // MOVZX: more than what was stored could not be forwarded
        code.register(0x1BA, 4, 4, SCRATCH); // BT, 8
        code.byte8(8);
    }
}
