package org.retrovisor.tools.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the directives in a test of GCC ask for, as far as they matter to programs that are executed. */
final class DejaGnuHeader {
    private static final Pattern DIRECTIVE = Pattern.compile("\\{ *dg-([a-z-]+) +(.*)}");
    private static final Pattern OPTIONS = Pattern.compile("^\"([^\"]*)\"(?: *\\{ *target (.*)})?");
    private static final Pattern NOT_32 = Pattern.compile("! *ia32|\\blp64\\b|\\bint128\\b");
    private static final Pattern ONLY_32 = Pattern.compile("(?<!! ?)\\bia32\\b");

    private final StringBuilder target = new StringBuilder();
    private final List<String> optionLines = new ArrayList<>();
    private final List<String> moreSources = new ArrayList<>();
    private boolean executed;

    private DejaGnuHeader() {}

    /** Reads the directives of a source file. */
    static DejaGnuHeader parse(String source) {
        DejaGnuHeader header = new DejaGnuHeader();
        Matcher directive = DIRECTIVE.matcher(source);
        while (directive.find()) {
            header.take(directive.group(1), directive.group(2).strip());
        }
        return header;
    }

    private void take(String name, String text) {
        switch (name) {
            case "do" -> {
                executed |= text.startsWith("run");
                target.append(text).append('\n');
            }
            case "require-effective-target" -> target.append(text).append('\n');
            case "options", "additional-options" -> optionLines.add(text);
            case "additional-sources" -> moreSources.addAll(words(text.replace("\"", "")));
            default -> {} // what the compiler is to print or to warn of
        }
    }

    /** Whether it is to be executed as code of so many bits. */
    boolean runs(int bits) {
        boolean not32 = NOT_32.matcher(target).find();
        boolean only32 = !not32 && ONLY_32.matcher(target).find();
        return executed && (bits == 32 ? !not32 : !only32);
    }

    /** Options for the compiler. */
    List<String> options(int bits) {
        List<String> options = new ArrayList<>();
        for (String line : optionLines) {
            Matcher matcher = OPTIONS.matcher(line);
            if (matcher.find() && appliesTo(matcher.group(2), bits)) {
                options.addAll(words(matcher.group(1)));
            }
        }
        return options;
    }

    private static boolean appliesTo(String condition, int bits) {
        boolean not32 = condition != null && NOT_32.matcher(condition).find();
        boolean only32 = condition != null && !not32 && ONLY_32.matcher(condition).find();
        return bits == 32 ? !not32 : !only32;
    }

    /** Source files beside the one with the directives. */
    List<String> moreSources() {
        return moreSources;
    }

    private static List<String> words(String text) {
        return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
    }
}
