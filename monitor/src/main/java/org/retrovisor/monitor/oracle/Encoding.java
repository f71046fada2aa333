package org.retrovisor.monitor.oracle;

import java.util.HexFormat;
import org.retrovisor.monitor.isa.Instruction;

/**
 * One instruction in one slot.
 *
 * @param bytes its bytes
 * @param instruction what the decoder makes of them
 * @param address the linear address it stands at
 */
record Encoding(byte[] bytes, Instruction instruction, long address) {
    /** The address behind it. */
    long next() {
        return address + bytes.length;
    }

    @Override
    public String toString() {
        return "%s  %s".formatted(HexFormat.ofDelimiter(" ").formatHex(bytes), instruction.row.name());
    }
}
