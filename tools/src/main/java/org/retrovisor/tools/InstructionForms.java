package org.retrovisor.tools;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.InstructionTable;

/**
 * Decodes every opcode with every prefix in its register and memory forms, and looks up what each means: so Java links
 * all of that in the rehearsal instead of one by one in a guest's first seconds.
 */
final class InstructionForms {
    private static final int[][] MAPS = {{}, {0x0F}, {0x0F, 0x38}, {0x0F, 0x3A}};
    private static final int[][] PREFIXES = {{}, {0x66}, {0xF2}, {0xF3}, {0x48}, {0x66, 0x48}, {0xF3, 0x48}};
    private static final int MOD_REGISTER = 0xC0;
    /** Prefixes, map and opcode, ModRM, and zeros for what may follow. */
    private static final int LONGEST = 15;

    private final InstructionTable table = InstructionTable.complete();
    private final Decoder decoder = new Decoder(table);

    void linkAll() {
        for (int[] prefixes : PREFIXES) {
            for (int[] map : MAPS) {
                for (int opcode = 0; opcode < 256; opcode++) {
                    for (int extension = 0; extension < 8; extension++) {
                        link(prefixes, map, opcode, extension << 3);
                        link(prefixes, map, opcode, MOD_REGISTER | extension << 3);
                    }
                }
            }
        }
    }

    private void link(int[] prefixes, int[] map, int opcode, int modRm) {
        byte[] code = new byte[LONGEST];
        int at = 0;
        for (int prefix : prefixes) {
            code[at++] = (byte) prefix;
        }
        for (int escape : map) {
            code[at++] = (byte) escape;
        }
        code[at] = (byte) opcode;
        code[at + 1] = (byte) modRm;
        for (CodeSize size : CodeSize.values()) {
            SemanticsTable.standard().of(decoder.decode(code, 0, LONGEST, size));
        }
    }
}
