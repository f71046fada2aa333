package org.retrovisor.monitor.isa;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Where instructions end, against GNU objdump: in programs, and in random bytes for all three code sizes. */
class DecoderLengthTest {
    private static final List<String> PROGRAMS = List.of(
            "/bin/busybox", "/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib64/libc.so.6", "/usr/lib/libc.so.6");
    private static final int RANDOM_BYTES = 400_000;
    private static final int FEWEST_INSTRUCTIONS = 50_000;

    /** What programs contain, behind tests of CPUID, and the processor model does not offer. */
    private static final Pattern NOT_OFFERED = Pattern.compile(
            "v\\w+|k(mov|or|ortest|test|unpck|xnor|xor|and|andn|not|add|shiftl|shiftr)\\w+" // AVX-512
                    + "|x(abort|begin|end|test)|(inc|rd)ssp\\w*|(rd|wr)pkru|xsavec\\w*" // TSX, CET, PKU, XSAVEC
                    + "|ad[oc]x\\w?|gf2p8\\w+|rdpid|serialize");

    /** Lines that are no instructions: LOCK where it is not allowed, single prefixes and bytes. */
    private static final Pattern NO_INSTRUCTION = Pattern.compile("\\(bad\\)|\\block\\b|\\brex|\\.byte");

    private final Decoder decoder = new Decoder(InstructionTable.complete());
    private final Map<String, String> unknown = new TreeMap<>();
    private final Map<String, String> different = new TreeMap<>();
    private int seen;

    @TempDir
    private Path folder;

    @BeforeEach
    void needsObjdump() {
        Disassembly.require();
    }

    @Test
    void programsAreCutIntoInstructionsAsObjdumpDoesAndHoldNoUnknownOnes() throws IOException {
        for (String program : PROGRAMS) {
            if (Files.isReadable(Path.of(program))) {
                Disassembly.read(List.of("-d", program), line -> compare(line, CodeSize.BITS_64));
            }
        }
        assertTrue(seen > FEWEST_INSTRUCTIONS, () -> "only " + seen + " instructions found in " + PROGRAMS);
        unknown.keySet().removeIf(mnemonic -> NOT_OFFERED.matcher(mnemonic).matches());
        assertEquals(Map.of(), unknown, "instructions without a row");
        assertEquals(Map.of(), different, "lengths that differ");
    }

    @ParameterizedTest
    @CsvSource({"BITS_64, i386:x86-64", "BITS_32, i386", "BITS_16, i8086"})
    void randomBytesAreCutIntoInstructionsAsObjdumpDoes(CodeSize codeSize, String machine) throws IOException {
        byte[] bytes = new byte[RANDOM_BYTES];
        new Random(20251122).nextBytes(bytes);
        Path file = Files.write(folder.resolve("random"), bytes);
        Disassembly.read(List.of("-D", "-b", "binary", "-m", machine, file.toString()), line -> {
            if (!differsOnPurpose(line, codeSize)) {
                compare(line, codeSize);
            }
        });
        assertTrue(seen > FEWEST_INSTRUCTIONS, () -> "only " + seen + " instructions found");
        assertEquals(Map.of(), different, "lengths that differ");
    }

    /** Near jumps with 66 in 64-bit mode are 16 bits wide on AMD only; FWAIT is an instruction of its own. */
    private static boolean differsOnPurpose(Disassembly.Line line, CodeSize codeSize) {
        boolean narrowJump = codeSize == CodeSize.BITS_64 && line.mnemonic().matches("(call|jmp|j\\w+)w(,p[nt])?");
        boolean wait = HexFormat.of().formatHex(line.bytes()).matches("(..)*9b(d[89a-f]|9b).*");
        return narrowJump || wait;
    }

    private void compare(Disassembly.Line line, CodeSize codeSize) {
        if (NO_INSTRUCTION.matcher(line.text()).find()) {
            return;
        }
        seen++;
        byte[] bytes = Disassembly.withoutWait(line.bytes());
        byte[] padded = Arrays.copyOf(bytes, bytes.length + 16);
        Instruction instruction = decoder.decode(padded, 0, padded.length, codeSize);
        if (instruction.row == InstructionTable.complete().undefined()) {
            unknown.putIfAbsent(line.mnemonic(), example(line));
        } else if (instruction.length != bytes.length) {
            different.putIfAbsent(
                    line.mnemonic(), example(line) + ": " + instruction.row.name() + " of " + instruction.length);
        }
    }

    private static String example(Disassembly.Line line) {
        return HexFormat.ofDelimiter(" ").formatHex(line.bytes()) + " " + line.text();
    }
}
