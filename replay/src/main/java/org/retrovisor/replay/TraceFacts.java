package org.retrovisor.replay;

import java.util.LinkedHashMap;
import java.util.Map;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.trace.proto.MachineConfiguration;
import org.retrovisor.trace.proto.Manifest;

/** What a manifest says about its recording, for people. */
final class TraceFacts {
    private TraceFacts() {}

    static Map<String, String> of(Timeline timeline) {
        Manifest manifest = timeline.trace().manifest();
        MachineConfiguration machine = manifest.getMachine();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("trace", timeline.trace().source().toString());
        facts.put("recorded by", "retrovisor " + manifest.getRetrovisorVersion());
        facts.put("memory", (machine.getMemoryBytes() >> 20) + " MiB");
        facts.put("processors", Integer.toString(machine.getProcessors()));
        if (!machine.getCommandLine().isEmpty()) {
            facts.put("command line", machine.getCommandLine());
        }
        facts.put("moments", timeline.beginning() + " to " + timeline.end());
        facts.put("events", Long.toString(timeline.events()));
        facts.put("end", end(manifest));
        return facts;
    }

    private static String end(Manifest manifest) {
        if (!manifest.hasEnd()) {
            return StopReason.CUT_SHORT.sentence();
        }
        String detail = manifest.getEnd().getDetail();
        String reason = StopReason.ofCode(manifest.getEnd().getReasonValue()).sentence();
        return detail.isEmpty() ? reason : reason + ": " + detail;
    }
}
