package org.retrovisor.tools.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Programs that are left out or that are known to fail, with the reason of each: the table {@code known.tsv}. Its columns:
 * {@code out}, {@code v2} (out on this model only) or {@code fails}; the suite; a regular expression for what it is about,
 * either the name (with size of code) or one of the compiler's options; the reason.
 */
final class KnownReasons {
    private record Row(String kind, String suite, Pattern pattern, String reason) {
        boolean isAbout(SuiteProgram program) {
            return suite.equals(program.suite()) && (pattern.matcher(program.id()).matches()
                    || program.arguments().stream().anyMatch(option -> pattern.matcher(option).matches()));
        }
    }

    private final List<Row> rows = new ArrayList<>();

    /** The table that comes with the tool. */
    static KnownReasons standard() {
        try (InputStream in = KnownReasons.class.getResourceAsStream("known.tsv")) {
            return new KnownReasons(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    KnownReasons(String table) {
        for (String line : table.lines().filter(each -> !each.isBlank() && !each.startsWith("#")).toList()) {
            String[] columns = line.split("\t");
            if (columns.length != 4 || !List.of("out", "v2", "fails").contains(columns[0])) {
                throw new IllegalArgumentException("not a row of reasons: " + line);
            }
            rows.add(new Row(columns[0], columns[1], Pattern.compile(columns[2]), columns[3]));
        }
    }

    /** Why a program is not built and run on any processor model; empty when it is. */
    Optional<String> leftOut(SuiteProgram program) {
        return reason("out", program);
    }

    /** Why a program is not run on one processor model; empty when it is. */
    Optional<String> leftOutOn(String model, SuiteProgram program) {
        return reason(model, program);
    }

    /** Why a program fails; empty when it should not. */
    Optional<String> failure(SuiteProgram program) {
        return reason("fails", program);
    }

    private Optional<String> reason(String kind, SuiteProgram program) {
        return rows.stream().filter(row -> row.kind.equals(kind) && row.isAbout(program)).map(Row::reason).findFirst();
    }
}
