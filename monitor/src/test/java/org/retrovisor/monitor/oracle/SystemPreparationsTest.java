package org.retrovisor.monitor.oracle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.InstructionTable;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Instructions that look selectors up get those that mean the same to the host's operating system and to our guest, wherever the operand is. */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
class SystemPreparationsTest {
    private static final int RSP = 4;
    private static final int TABLE_INDICATOR = 4;
    /** Far behind the end of either table. */
    private static final int BEHIND_THE_END = 0x1000;
    /** Null, the supervisor's code, and those of programs, with whatever level. */
    private static final Set<Integer> ALIKE = Set.of(0, 0x08, 0x20, 0x28, 0x30);

    @ParameterizedTest
    @ValueSource(strings = {"48 0f 03 34 24", "0f 02 74 24 08", "0f 00 24 24", "0f 00 2c 24"})
    void selectorsOnTheStackAreChosenToo(String bytes) {
        HostPages pages = new HostPages();
        byte[] code = HexFormat.ofDelimiter(" ").parseHex(bytes);
        Encoding encoding = new Encoding(code,
                new Decoder(InstructionTable.complete()).decode(code, 0, code.length, CodeSize.BITS_64),
                pages.instruction(0));
        StateMaker maker = new StateMaker(pages, CodeSize.BITS_64, new Random(5), Preparations.standard(), false);
        CpuState state = new CpuState();
        for (int n = 0; n < 2000; n++) {
            maker.make(encoding, state);
            long offset = state.gpr[RSP] + encoding.instruction().displacement - StateMaker.stackWindow(pages);
            int selector = ByteBuffer.wrap(state.stack).order(ByteOrder.LITTLE_ENDIAN).getShort((int) offset) & 0xFFFF;
            boolean alike = (selector & TABLE_INDICATOR) != 0 || selector >= BEHIND_THE_END
                    || ALIKE.contains(selector & ~3);
            assertTrue(alike, () -> "selector %x".formatted(selector));
        }
    }
}
