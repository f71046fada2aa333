package org.retrovisor.tools.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A size of guest memory: a number with K, M or G (powers of 1024, B behind it allowed), or of bytes.
 *
 * @param bytes a multiple of the page size
 */
record MemorySize(long bytes) {
    static final String EXAMPLES = "write it like 64M, 512M or 8G";
    /** What a manifest can hold. */
    private static final long LARGEST = 1L << 40;
    private static final long PAGE = 4096;
    private static final Pattern SYNTAX = Pattern.compile("(\\d{1,13})([KMGT]?)I?B?");
    private static final String UNITS = "KMGT";

    /** Asked at each start: Java would have to make the usual one of records anew each time. */
    @Override
    public String toString() {
        return bytes + " bytes";
    }

    /** Reads a size as it is typed. */
    static final class Converter implements ITypeConverter<MemorySize> {
        @Override
        public MemorySize convert(String text) {
            Matcher matcher = SYNTAX.matcher(text.toUpperCase(Locale.ROOT));
            if (!matcher.matches()) {
                throw new TypeConversionException("'%s' is not a size of memory; %s".formatted(text, EXAMPLES));
            }
            long number = Long.parseLong(matcher.group(1));
            int shift = matcher.group(2).isEmpty() ? 0 : 10 * (UNITS.indexOf(matcher.group(2)) + 1);
            if (number == 0 || number > LARGEST >> shift) {
                throw new TypeConversionException(
                        "a guest's memory of %s is out of range; %s, at most 1T".formatted(text, EXAMPLES));
            }
            if ((number << shift) % PAGE != 0) {
                throw new TypeConversionException(
                        "a guest's memory of %s is not a multiple of 4K; %s".formatted(text, EXAMPLES));
            }
            return new MemorySize(number << shift);
        }
    }
}
