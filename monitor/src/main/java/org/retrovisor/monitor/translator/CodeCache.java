package org.retrovisor.monitor.translator;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.stream.IntStream;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * Generated code, one piece after another, behind the common ways out. When it is full, all of it is
 * forgotten: simple, and rare.
 */
final class CodeCache {
    private static final int LARGEST_PIECE = 1 << 16;
    private static final int[] NONE = {};

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final NativeDoor door;
    private final long size;
    private final Landmarks landmarks;
    private final long firstPiece;
    private long end;

    /**
     * Host addresses of what all code has in common: the ways out, the functions of the {@link StackPage} for accesses of 1, 2, 4 and 8 bytes, and
     * those for TLB misses and timestamps.
     */
    record Landmarks(
            long exit, long missedJump, long[] stackReads, long[] stackWrites, long missedRead, long missedWrite,
            long missedSmallWrite, long resumed, long timestamp) {
        /** The function for a stack access of up to 8 bytes. */
        long stack(int size, boolean write) {
            return (write ? stackWrites : stackReads)[Integer.SIZE - Integer.numberOfLeadingZeros(size - 1)];
        }
    }

    CodeCache(long size) {
        this.size = size;
        this.door = new NativeDoor(size);
        landmarks = new Landmarks(
                host(add(wayOut(new Assembler()))),
                host(add(missedJump())),
                stackFunctions(false),
                stackFunctions(true),
                host(add(WaysOut.missed(false))),
                host(add(WaysOut.missed(true))),
                host(add(TlbProbe.missedWrite())),
                host(add(WaysOut.resumed())),
                host(add(WaysOut.timestamp())));
        firstPiece = end;
    }

    private long[] stackFunctions(boolean write) {
        return IntStream.of(1, 2, 4, StackPage.LARGEST_ACCESS)
                .mapToLong(size -> host(add(StackPage.missed(size, write))))
                .toArray();
    }

    /** Where all generated code ends: the address to go on at is in R13. */
    private static byte[] wayOut(Assembler code) {
        code.store(8, Assembler.R13, Assembler.R15, StateBlock.RIP);
        code.memory(0x1AE, 4, 3, Assembler.R15, StateBlock.MXCSR); // STMXCSR
        int notX87 = WayIn.unlessX87(code);
        code.memory(0x1AE, 8, 0, Assembler.R15, StateBlock.X87_IMAGE); // FXSAVE64
        code.memory(0xC7, 4, 0, Assembler.R15, StateBlock.X87_IMAGE + 24); // MXCSR
        code.int32(StateBlock.USUAL_MXCSR);
        code.byte8(0xDB); // FNINIT: what the ABI demands
        code.byte8(0xE3);
        code.land(notX87);
        code.memory(0x1AE, 4, 2, Assembler.R15, StateBlock.HOST_MXCSR);
        for (int guest : WayIn.IN_REGISTERS) {
            code.store(8, Emitter.host(guest), Assembler.R15, StateBlock.register(guest));
        }
        for (int i = WayIn.SAVED.length - 1; i >= 0; i--) {
            code.pop(WayIn.SAVED[i]);
        }
        code.byte8(0xFC); // CLD, as the ABI demands
        code.byte8(0xC3);
        return code.bytes();
    }

    private static byte[] missedJump() {
        Assembler code = new Assembler();
        WaysOut.missedJump(code);
        return wayOut(code);
    }

    boolean isFull() {
        return end + LARGEST_PIECE > size;
    }

    Landmarks landmarks() {
        return landmarks;
    }

    /** Host address of the next piece. */
    long nextHost() {
        return door.base() + end;
    }

    /** Host address of a piece. */
    long host(long offset) {
        return door.base() + offset;
    }

    /** Adds a piece; returns its distance from the start. */
    long add(byte[] code) {
        return add(MemorySegment.ofArray(code), NONE);
    }

    /** Adds a piece that was made for the start of the cache; returns its distance from the start. */
    long add(MemorySegment code, int[] externals) {
        long offset = end;
        door.write(offset, code);
        for (int site : externals) {
            door.add32(offset + site, (int) -offset);
        }
        end = offset + code.byteSize() + 15 & -16;
        return offset;
    }

    /** Makes code that was made for another place what it had been for the start of the cache; what {@link #add} does the other way round. */
    static void moveToStart(byte[] code, int[] externals, long madeAt) {
        for (int site : externals) {
            INT.set(code, site, (int) INT.get(code, site) + (int) madeAt);
        }
    }

    /** The code of a translation, up to its epitaph. */
    String hexadecimal(Translation translation) {
        byte[] code = new byte[(int) (translation.epitaph - translation.entry)];
        HostMemory.read(host(translation.entry), code, 0, code.length);
        return HexFormat.of().formatHex(code);
    }

    boolean holds(Translation translation) {
        return translation.entry < end;
    }

    /** Makes the jump whose distance stands at {@code site} go to {@code target}. */
    void patchJump(long site, long target) {
        door.write32(site, Math.toIntExact(target - (site + 4)));
    }

    /** Overwrites code with a jump. */
    void writeJump(long offset, long target) {
        door.write8(offset, 0xE9);
        patchJump(offset + 1, target);
    }

    void clear() {
        end = firstPiece;
    }
}
