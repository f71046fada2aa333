package org.retrovisor.monitor.isa;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

import static org.junit.jupiter.api.Assertions.fail;

/** Instructions as GNU objdump sees them. */
final class Disassembly {
    private static final Pattern PREFIX = Pattern.compile(
            "data(16|32)|addr(16|32)|xacquire|xrelease|lock|repn?z|repz?|cs|ds|es|fs|gs|ss|rex(\\.\\w+)?|notrack|bnd|\\{.*");
    private static final Pattern BLANKS = Pattern.compile("\\s+");
    /** A remark of objdump on where an instruction is invalid. */
    private static final Pattern ONLY = Pattern.compile("\\(\\d+ only\\)");

    /** One line: the instruction's address, its bytes and its text. */
    record Line(long address, byte[] bytes, String text) {
        /** The first word that is no prefix. */
        String mnemonic() {
            for (String word : BLANKS.split(text)) {
                if (!PREFIX.matcher(word).matches()) {
                    return word;
                }
            }
            return text;
        }
    }

    private Disassembly() {}

    /** Whether objdump can be run here. */
    static boolean available() {
        try {
            return new ProcessBuilder("objdump", "--version").redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Skips the test under way when objdump cannot be run; on a build server it must be there. */
    static void require() {
        if (!available()) {
            if ("true".equals(System.getenv("CI"))) {
                fail("objdump (package binutils) is missing");
            }
            Assumptions.abort("objdump (package binutils) is missing");
        }
    }

    /** Runs objdump with these arguments and hands over its lines. */
    static void read(List<String> arguments, Consumer<Line> lines) throws IOException {
        List<String> command = new ArrayList<>(List.of("objdump", "-w"));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String[] columns = line.split("\t");
                if (columns.length >= 3 && columns[0].endsWith(":")) {
                    long address = Long.parseUnsignedLong(columns[0].strip().replace(":", ""), 16);
                    lines.accept(new Line(address, HexFormat.of().parseHex(columns[1].strip().replace(" ", "")),
                            ONLY.matcher(columns[2].strip()).replaceAll("")));
                }
            }
        }
    }

    /** A line without the FWAIT that objdump counts to the instruction behind it. */
    static byte[] withoutWait(byte[] bytes) {
        return bytes.length > 1 && bytes[0] == (byte) 0x9B ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }
}
