package org.retrovisor.replay.symbols;

/**
 * The three layouts of an unwind entry's last 16 bits, which hold no version number:
 *
 * <pre>
 *   bits            0-3     4-7     8    9    10       11
 *   to Linux 6.2    sp reg  bp reg  type      end
 *   Linux 6.3       sp reg  bp reg  type      signal   end
 *   from Linux 6.4  sp reg  bp reg  type               signal
 * </pre>
 *
 * <p>Until 6.3, call frames have type 0 and an end of the stack has a bit; since 6.4, call frames have type 2 and both an
 * end and an unknown frame are types.
 */
enum OrcLayout {
    ORIGINAL, WITH_SIGNAL, TYPED;

    /** What a frame looks like. */
    enum Frame {
        /** Nothing is known. */
        UNKNOWN,
        /** There is no caller. */
        END,
        /** A return address lies below the caller's stack. */
        CALL,
        /** All registers were saved. */
        REGISTERS,
        /** What the processor saves for IRET lies there. */
        IRET
    }

    private static final int ORIGINAL_END = 1 << 10;
    private static final int SIGNAL_END = 1 << 11;
    private static final int TYPED_END = 1;
    private static final int SP_REGISTER = 0xF;

    /** The layout that a table is written in. Nearly all its entries are those of call frames. */
    static OrcLayout of(KernelImage image, int entries, int count) {
        int calls = 0;
        int typedCalls = 0;
        boolean ends = false;
        for (int i = 0; i < count; i++) {
            int flags = image.u16(entries + OrcTable.ENTRY_BYTES * i + 4);
            calls += (flags >> 8 & 3) == 0 && (flags & SP_REGISTER) != 0 ? 1 : 0;
            typedCalls += (flags >> 8 & 7) == 2 ? 1 : 0;
            ends |= (flags & SIGNAL_END) != 0;
        }
        return typedCalls > calls ? TYPED : ends ? WITH_SIGNAL : ORIGINAL;
    }

    Frame frame(int flags) {
        if ((flags & SP_REGISTER) == 0) {
            return isEnd(flags) ? Frame.END : Frame.UNKNOWN;
        }
        int type = this == TYPED ? (flags >> 8 & 7) - 2 : flags >> 8 & 3;
        return switch (type) {
            case 0 -> Frame.CALL;
            case 1 -> Frame.REGISTERS;
            case 2 -> Frame.IRET;
            default -> Frame.UNKNOWN;
        };
    }

    private boolean isEnd(int flags) {
        return switch (this) {
            case ORIGINAL -> (flags & ORIGINAL_END) != 0;
            case WITH_SIGNAL -> (flags & SIGNAL_END) != 0;
            case TYPED -> (flags >> 8 & 7) == TYPED_END;
        };
    }
}
