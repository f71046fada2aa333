package org.retrovisor.tools.cli;

import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An address to listen on: HOST:PORT, :PORT or PORT; without a host, 127.0.0.1. Port 0 takes a free one. */
record ListenAddress(InetSocketAddress address) {
    private static final Pattern SYNTAX = Pattern.compile("(?:(\\[[0-9a-fA-F:.]+]|[^:\\[\\]\\s]*):)?(\\d{1,5})");
    private static final int LARGEST_PORT = 65535;

    /** Reads an address as it is typed. */
    static final class Converter implements ITypeConverter<ListenAddress> {
        @Override
        public ListenAddress convert(String text) {
            Matcher matcher = SYNTAX.matcher(text);
            if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > LARGEST_PORT) {
                throw new TypeConversionException(
                        "'%s' is not an address to listen on; write it like 127.0.0.1:1234".formatted(text));
            }
            String host = matcher.group(1);
            return new ListenAddress(new InetSocketAddress(host == null || host.isEmpty() ? "127.0.0.1" : host,
                    Integer.parseInt(matcher.group(2))));
        }
    }
}
