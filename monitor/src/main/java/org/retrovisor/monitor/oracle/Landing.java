package org.retrovisor.monitor.oracle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.retrovisor.monitor.isa.CodeSize;

/**
 * The code around the instruction of a slot: three places at which it can end, each of which notes its own address and
 * goes to the exit stub.
 *
 * <pre>
 *   0  landing for jumps backward  |  32  instruction, landing behind it  |  96  landing for jumps forward
 * </pre>
 */
final class Landing {
    static final int BACKWARD = 0;
    static final int INSTRUCTION = 32;
    static final int FORWARD = 96;

    private Landing() {}

    /** Where jumps of the instruction at this address go. */
    static long target(long instruction, boolean forward) {
        return instruction - INSTRUCTION + (forward ? FORWARD : BACKWARD);
    }

    /** The bytes of a whole slot; the exit pointer is a far one where code is 32 bits wide. */
    static byte[] slot(CodeSize codeSize, long instruction, byte[] bytes, long noteAddress, long exitPointer) {
        byte[] slot = new byte[HostPages.SLOT_BYTES];
        long start = instruction - INSTRUCTION;
        System.arraycopy(bytes, 0, slot, INSTRUCTION, bytes.length);
        for (int offset : new int[]{BACKWARD, INSTRUCTION + bytes.length, FORWARD}) {
            byte[] landing = landing(codeSize, start + offset, noteAddress, exitPointer);
            System.arraycopy(landing, 0, slot, offset, landing.length);
        }
        return slot;
    }

    /**
     * The bytes of two slots, one behind the other, with a sequence that starts where the first slot's instruction does, and one
     * landing behind it.
     */
    static List<byte[]> slots(CodeSize codeSize, Sequence sequence, long noteAddress, long exitPointer) {
        byte[] bytes = sequence.bytes();
        byte[] both = new byte[2 * HostPages.SLOT_BYTES];
        System.arraycopy(bytes, 0, both, INSTRUCTION, bytes.length);
        byte[] landing = landing(codeSize, sequence.end(), noteAddress, exitPointer);
        System.arraycopy(landing, 0, both, INSTRUCTION + bytes.length, landing.length);
        return List.of(Arrays.copyOf(both, HostPages.SLOT_BYTES),
                Arrays.copyOfRange(both, HostPages.SLOT_BYTES, both.length));
    }

    private static byte[] landing(CodeSize codeSize, long here, long noteAddress, long exitPointer) {
        return codeSize == CodeSize.BITS_64
                ? landing64(here, noteAddress, exitPointer)
                : landing32(here, noteAddress, exitPointer);
    }

    /** mov dword [note], here; jmp far [exit]. */
    private static byte[] landing32(long here, long noteAddress, long exitPointer) {
        ByteBuffer out = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        out.put(new byte[]{(byte) 0xC7, 0x05}).putInt((int) noteAddress).putInt((int) here);
        out.put(new byte[]{(byte) 0xFF, 0x2D}).putInt((int) exitPointer);
        return out.array();
    }

    /** mov dword [note], here; jmp [exit]. No flag changes. */
    private static byte[] landing64(long here, long noteAddress, long exitPointer) {
        ByteBuffer out = ByteBuffer.allocate(18).order(ByteOrder.LITTLE_ENDIAN);
        out.put(new byte[]{(byte) 0xC7, 0x04, 0x25}).putInt((int) noteAddress).putInt((int) here);
        out.put(new byte[]{(byte) 0xFF, 0x24, 0x25}).putInt((int) exitPointer);
        return out.array();
    }
}
