package org.retrovisor.monitor.oracle;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Row;

/**
 * Which rows are compared with the host: all that user programs may execute, but for those that {@code exceptions.tbl}
 * names with a reason.
 */
public final class Coverage {
    private static final String FILE = "exceptions.tbl";
    private static final String HEADING = "=";

    private static final Map<String, String> EXCEPTIONS = read();
    /** What raises a fault at CPL 3 without IOPL, beside the privileged rows. */
    private static final Set<String> REFUSED = Set.of("UD0", "UD1", "UD2", "INT", "CLI", "STI", "CLAC", "STAC", "LLDT",
            "LTR", "SYSRET",
            "XSETBV", "IN", "OUT", "INS", "OUTS");

    private Coverage() {}

    /** Whether the instruction exists in code of this size. */
    public static boolean isThere(Row row, CodeSize codeSize) {
        if (codeSize == CodeSize.BITS_64) {
            return !row.is(Attribute.I64);
        }
        boolean rex = row.is(Attribute.W1) && !row.vex();
        return !rex && !row.is(Attribute.O64);
    }

    /** Why a row is not compared in code of this size; empty when it is. */
    public static Optional<String> exception(Row row, CodeSize codeSize) {
        if (row.privileged()) {
            return Optional.of("privileged");
        }
        if (row.crossesBoundary()) {
            return Optional.of("answered by the boundary");
        }
        String size = codeSize == CodeSize.BITS_64 ? "64 " : "32 ";
        for (String key : new String[]{key(row), row.name(), row.mnemonic()}) {
            String reason = EXCEPTIONS.getOrDefault(key, EXCEPTIONS.get(size + key));
            if (reason != null) {
                return Optional.of(reason);
            }
        }
        return Optional.empty();
    }

    /** Whether programs may not execute a row at all, on any operating system that keeps ports to itself. */
    static boolean isRefused(Row row) {
        return row.privileged() || REFUSED.contains(row.mnemonic());
    }

    /** Names in the file that no row of the table has. */
    static Map<String, String> superfluous() {
        Map<String, String> left = new LinkedHashMap<>(EXCEPTIONS);
        for (Row row : InstructionTable.complete().rows()) {
            if (!row.privileged() && !row.crossesBoundary()) {
                for (String key : new String[]{key(row), row.name(), row.mnemonic()}) {
                    left.remove(key);
                    left.remove("64 " + key);
                    left.remove("32 " + key);
                }
            }
        }
        return left;
    }

    private static String key(Row row) {
        return row.name() + " /" + row.extension();
    }

    /** Lines of a name, a mnemonic or a name with an extension; the reason stands above them behind {@value #HEADING}. */
    private static Map<String, String> read() {
        Map<String, String> exceptions = new LinkedHashMap<>();
        String reason = "";
        for (String line : text().lines().map(String::strip).toList()) {
            if (line.startsWith(HEADING)) {
                reason = line.substring(HEADING.length()).strip();
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                for (String name : line.split(",\\s*")) {
                    exceptions.put(name, reason);
                }
            }
        }
        return exceptions;
    }

    private static String text() {
        try (InputStream in = Coverage.class.getResourceAsStream(FILE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
