package org.retrovisor.recorder;

import com.google.protobuf.ByteString;
import java.util.function.LongConsumer;
import org.retrovisor.monitor.Footprint;

/** Footprints as a trace holds them. */
final class Footprints {
    private Footprints() {}

    static org.retrovisor.trace.proto.Footprint encode(Footprint footprint) {
        org.retrovisor.trace.proto.Footprint.Builder encoded = org.retrovisor.trace.proto.Footprint.newBuilder()
                .setLinearKinds(kinds(footprint.linear()))
                .setPhysicalKinds(kinds(footprint.physical()))
                .setDeviceWrote(footprint.deviceWrote());
        gaps(footprint.executed(), encoded::addExecutedPages);
        gaps(footprint.linear(), encoded::addLinearPages);
        gaps(footprint.physical(), encoded::addPhysicalPages);
        for (long lines : footprint.executed().bits()) {
            encoded.addExecutedLines(lines);
        }
        return encoded.build();
    }

    private static void gaps(Footprint.Pages pages, LongConsumer taker) {
        long before = 0;
        for (long number : pages.numbers()) {
            taker.accept(number - before);
            before = number;
        }
    }

    private static ByteString kinds(Footprint.Pages pages) {
        byte[] kinds = new byte[pages.bits().length];
        for (int i = 0; i < kinds.length; i++) {
            kinds[i] = (byte) pages.bits()[i];
        }
        return ByteString.copyFrom(kinds);
    }
}
