package org.retrovisor.tools.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A number of instructions, or a moment: digits with optional underscores, or with K, M or G (powers of 1000).
 *
 * @param value not negative
 */
record InstructionCount(long value) {
    private static final Pattern SYNTAX = Pattern.compile("(\\d{1,18})([KMG]?)");
    private static final String UNITS = "KMG";

    /** Reads a count as it is typed. */
    static final class Converter implements ITypeConverter<InstructionCount> {
        @Override
        public InstructionCount convert(String text) {
            Matcher matcher = SYNTAX.matcher(text.toUpperCase(Locale.ROOT).replace("_", ""));
            if (!matcher.matches()) {
                throw new TypeConversionException(
                        "'%s' is not a number of instructions; write it like 5000000 or 5M".formatted(text));
            }
            try {
                long unit = 1;
                for (int i = UNITS.indexOf(matcher.group(2)); !matcher.group(2).isEmpty() && i >= 0; i--) {
                    unit *= 1000;
                }
                return new InstructionCount(Math.multiplyExact(Long.parseLong(matcher.group(1)), unit));
            } catch (ArithmeticException _) {
                throw new TypeConversionException("'%s' is too large".formatted(text));
            }
        }
    }
}
