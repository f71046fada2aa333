package org.retrovisor.recorder;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.retrovisor.monitor.Footprint;

/** Footprints as a trace holds them. */
final class Footprints {
    private Footprints() {}

    static org.retrovisor.trace.proto.Footprint encode(Footprint footprint) {
        org.retrovisor.trace.proto.Footprint.Builder encoded = org.retrovisor.trace.proto.Footprint.newBuilder()
                .addAllExecutedPages(gaps(footprint.executed()))
                .addAllLinearPages(gaps(footprint.linear()))
                .setLinearKinds(kinds(footprint.linear()))
                .addAllPhysicalPages(gaps(footprint.physical()))
                .setPhysicalKinds(kinds(footprint.physical()))
                .setDeviceWrote(footprint.deviceWrote());
        for (long lines : footprint.executed().bits()) {
            encoded.addExecutedLines(lines);
        }
        return encoded.build();
    }

    private static List<Long> gaps(Footprint.Pages pages) {
        List<Long> gaps = new ArrayList<>();
        long before = 0;
        for (long number : pages.numbers()) {
            gaps.add(number - before);
            before = number;
        }
        return gaps;
    }

    private static ByteString kinds(Footprint.Pages pages) {
        byte[] kinds = new byte[pages.bits().length];
        for (int i = 0; i < kinds.length; i++) {
            kinds[i] = (byte) pages.bits()[i];
        }
        return ByteString.copyFrom(kinds);
    }
}
