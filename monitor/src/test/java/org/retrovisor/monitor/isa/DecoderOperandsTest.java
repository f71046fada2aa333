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

/**
 * Which instruction it is and what its operands are, against GNU objdump: in a C library, in random bytes, and in any
 * program that system property {@code decoder.program} names (a kernel's vmlinux takes a minute).
 */
class DecoderOperandsTest {
    private static final List<String> LIBRARIES = List.of(
            "/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib64/libc.so.6", "/usr/lib/libc.so.6");
    private static final int RANDOM_BYTES = Integer.getInteger("decoder.random", 300_000);
    private static final long SEED = Long.getLong("decoder.seed", 20251122);
    private static final int FEWEST = 40_000;

    /** Lines that are no instructions: LOCK where it is not allowed, single prefixes and bytes. */
    private static final Pattern NO_INSTRUCTION = Pattern.compile("\\(bad\\)|\\block\\b|\\brex|\\.byte|\\{");

    private final Decoder decoder = new Decoder(InstructionTable.complete());
    private final Map<String, String> differences = new TreeMap<>();
    private int seen;

    @TempDir
    private Path folder;

    @BeforeEach
    void needsObjdump() {
        Disassembly.require();
    }

    @Test
    void operandsOfACLibraryAreWhatObjdumpSays() throws IOException {
        String library = LIBRARIES.stream().filter(path -> Files.isReadable(Path.of(path))).findFirst().orElseThrow();
        compareProgram(library);
    }

    @Test
    void operandsOfTheGivenProgramAreWhatObjdumpSays() throws IOException {
        String program = System.getProperty("decoder.program");
        if (program != null) {
            compareProgram(program);
            System.out.printf("%,d instructions of %s agree%n", seen, program);
        }
    }

    private void compareProgram(String program) throws IOException {
        Disassembly.read(List.of("-d", "-M", "intel", program), line -> compare(line, CodeSize.BITS_64));
        check();
    }

    @ParameterizedTest
    @CsvSource({"BITS_64, i386:x86-64", "BITS_32, i386", "BITS_16, i8086"})
    void operandsInRandomBytesAreWhatObjdumpSays(CodeSize codeSize, String machine) throws IOException {
        byte[] bytes = new byte[RANDOM_BYTES];
        new Random(SEED).nextBytes(bytes);
        compareBytes(bytes, codeSize, machine);
    }

    @ParameterizedTest
    @CsvSource({"BITS_64, i386:x86-64", "BITS_32, i386", "BITS_16, i8086"})
    void operandsOfEveryEncodingAreWhatObjdumpSays(CodeSize codeSize, String machine) throws IOException {
        compareBytes(EveryEncoding.program(codeSize == CodeSize.BITS_64), codeSize, machine);
    }

    private void compareBytes(byte[] bytes, CodeSize codeSize, String machine) throws IOException {
        Path file = Files.write(folder.resolve("bytes"), bytes);
        Disassembly.read(List.of("-D", "-b", "binary", "-M", "intel", "-m", machine, file.toString()),
                line -> compare(line, codeSize));
        check();
    }

    private void check() {
        assertTrue(seen > FEWEST, () -> "only " + seen + " instructions were compared");
        assertEquals("", String.join("\n", differences.values()), "seed " + SEED);
    }

    private void compare(Disassembly.Line line, CodeSize codeSize) {
        if (NO_INSTRUCTION.matcher(line.text()).find()) {
            return;
        }
        byte[] bytes = Disassembly.withoutWait(line.bytes());
        Instruction ours = decoder.decode(Arrays.copyOf(bytes, bytes.length + 16), 0, bytes.length + 16, codeSize);
        if (ours.row == InstructionTable.complete().undefined() || ours.length != bytes.length) {
            return; // DecoderLengthTest
        }
        List<String> theirs = ObjdumpOperands.of(line, codeSize, ours.addressSize);
        List<String> operands = IntelSyntax.operands(ours, codeSize, line.address());
        if (ObjdumpDialect.differsOnPurpose(line, ours, codeSize)) {
            return;
        }
        seen++;
        boolean same = ObjdumpDialect.sameMnemonic(line.mnemonic(), ours)
                && ObjdumpDialect.ours(ours, operands, line.mnemonic(), theirs.size())
                        .equals(ObjdumpDialect.theirs(ours, theirs, line.mnemonic()));
        if (!same) {
            differences.putIfAbsent(ours.row.name() + " " + line.mnemonic(), "%s  %s  ours: %s %s".formatted(
                    HexFormat.ofDelimiter(" ").formatHex(line.bytes()), line.text(), ours.row.name(), operands));
        }
    }
}
