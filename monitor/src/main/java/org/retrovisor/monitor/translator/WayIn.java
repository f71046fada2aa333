package org.retrovisor.monitor.translator;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The function that generated code is entered by. All machines of a process share it: so Java's compilers know where it is, and make a plain
 * call of it.
 */
final class WayIn {
    /** What the System V ABI wants kept. */
    static final int[] SAVED = {3, Assembler.RBP, Assembler.R12, Assembler.R13, Assembler.R14, Assembler.R15};
    /** The guest's general registers that are in the host's. */
    static final int[] IN_REGISTERS = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

    private static final int BYTES = 4096;
    private static final NativeDoor DOOR = new NativeDoor(BYTES);
    private static final MethodHandle ENTER = function();

    private WayIn() {}

    private static MethodHandle function() {
        DOOR.write(0, MemorySegment.ofArray(code()));
        return DOOR.function(0);
    }

    /** Executes code at a host address with the {@link StateBlock} whose origin this is, until it leaves. */
    static void enter(long host, long stateOrigin) {
        try {
            ENTER.invokeExact(stateOrigin, host);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] code() {
        Assembler code = new Assembler();
        for (int register : SAVED) {
            code.push(register);
        }
        code.move(Assembler.R15, 7); // RDI, the first argument of the System V ABI
        code.move(Assembler.R14, 6); // RSI
        int notX87 = unlessX87(code);
        code.memory(0x1AE, 8, 1, Assembler.R15, StateBlock.X87_IMAGE); // FXRSTOR64: MXCSR and XMM registers, too
        code.land(notX87);
        code.memory(0x1AE, 4, 2, Assembler.R15, StateBlock.MXCSR); // LDMXCSR
        for (int guest : IN_REGISTERS) {
            code.load(8, Emitter.host(guest), Assembler.R15, StateBlock.register(guest));
        }
        code.load(8, TlbProbe.TABLES, Assembler.R15, StateBlock.TABLES);
        code.register(0xFF, 4, 4, Assembler.R14);
        return code.bytes();
    }

    /** A jump over what only the x87 unit needs. */
    static int unlessX87(Assembler code) {
        code.arithmetic(7, 4, Assembler.R15, StateBlock.X87_VALID, 0); // CMP
        return code.jumpIf(Assembler.EQUAL);
    }
}
