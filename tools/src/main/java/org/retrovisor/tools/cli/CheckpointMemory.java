package org.retrovisor.tools.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What checkpoints may take: a number with K, M or G (powers of 1024, B behind it allowed), or of bytes.
 *
 * @param bytes 0 for as few of them as possible
 */
record CheckpointMemory(long bytes) {
    private static final Pattern SYNTAX = Pattern.compile("(\\d{1,12})([KMGT]?)I?B?");
    private static final String UNITS = "KMGT";
    private static final long LARGEST = 1L << 50;

    /** Reads a size as it is typed. */
    static final class Converter implements ITypeConverter<CheckpointMemory> {
        @Override
        public CheckpointMemory convert(String text) {
            Matcher matcher = SYNTAX.matcher(text.toUpperCase(Locale.ROOT));
            if (!matcher.matches()) {
                throw new TypeConversionException(
                        "'%s' is not a size of memory; write it like 256M or 2G".formatted(text));
            }
            int shift = matcher.group(2).isEmpty() ? 0 : 10 * (UNITS.indexOf(matcher.group(2)) + 1);
            long number = Long.parseLong(matcher.group(1));
            return new CheckpointMemory(number > LARGEST >> shift ? LARGEST : number << shift);
        }
    }
}
