package org.retrovisor.tools.cli;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.tools.report.Figures;
import org.retrovisor.tools.report.JsonObject;
import org.retrovisor.tools.task.TraceSummary;
import org.retrovisor.trace.proto.ClockMode;
import org.retrovisor.trace.proto.End;
import org.retrovisor.trace.proto.EndReason;
import org.retrovisor.trace.proto.GuestImage;
import org.retrovisor.trace.proto.MachineConfiguration;
import org.retrovisor.trace.proto.Manifest;

/** What info prints. Text that came with the trace is a stranger's: control characters in it are shown, not sent. */
final class InfoReport {
    private static final String ROW = "%-14s%s";
    private static final int SHOWN_DIGITS = 16;

    private InfoReport() {}

    static List<String> lines(Path source, Manifest manifest, TraceSummary summary) {
        List<String> lines = new ArrayList<>();
        row(lines, "trace", "%s, %s (%s of it the event log)".formatted(source, Figures.bytes(summary.traceBytes()),
                Figures.bytes(summary.logBytes())));
        row(lines, "recorded", "%s by retrovisor %s".formatted(Instant.ofEpochMilli(manifest.getCreatedMillis()),
                printable(manifest.getRetrovisorVersion())));
        machine(lines, manifest.getMachine());
        for (GuestImage image : manifest.getImagesList()) {
            row(lines, printable(image.getRole()), "%s, %s, SHA-256 %s...".formatted(printable(image.getFileName()),
                    Figures.bytes(image.getSizeBytes()), hex(image.getSha256()).substring(0, SHOWN_DIGITS)));
        }
        ending(lines, manifest, summary);
        row(lines, "events", Figures.count(summary.events()) + ": " + summary.eventsByKind()
                .entrySet()
                .stream()
                .map(each -> "%s %s".formatted(Figures.count(each.getValue()), each.getKey()))
                .collect(Collectors.joining(", ")));
        return lines;
    }

    private static void machine(List<String> lines, MachineConfiguration machine) {
        row(lines, "machine", "%s (%s version %d), %s of RAM, %s".formatted(
                Figures.count(machine.getProcessors(), "processor"), printable(machine.getProcessorModel()),
                machine.getProcessorModelVersion(), Figures.memory(machine.getMemoryBytes()),
                machine.getClock() == ClockMode.CLOCK_STEPS ? "clock counts steps" : "clock follows the host's"));
        if (!machine.getCommandLine().isEmpty()) {
            row(lines, "command line", printable(machine.getCommandLine()));
        }
    }

    private static void ending(List<String> lines, Manifest manifest, TraceSummary summary) {
        if (!manifest.hasEnd()) {
            row(lines, "ended", "the recording was cut short; it replays up to " + Figures.count(summary.lastMoment(),
                    "instruction"));
            return;
        }
        End end = manifest.getEnd();
        row(lines, "ended", "%s%s, after %s in %s".formatted(sentence(end.getReason()),
                end.getDetail().isEmpty() ? "" : " (" + printable(end.getDetail()) + ")",
                Figures.count(end.getMoment(), "instruction"), Figures.seconds(end.getWallMillis() * 1_000_000)));
        row(lines, "console", Figures.bytes(end.getConsoleBytes()));
        row(lines, "final digest", end.getFinalDigest().isEmpty() ? "not known" : hex(end.getFinalDigest()));
    }

    private static String sentence(EndReason reason) {
        try {
            return StopReason.ofCode(reason.getNumber()).sentence();
        } catch (IllegalArgumentException _) {
            return reason.name();
        }
    }

    private static void row(List<String> lines, String name, String text) {
        lines.add(ROW.formatted(name, text));
    }

    private static String printable(String text) {
        return text.codePoints()
                .mapToObj(c -> Character.isISOControl(c) ? "\\x%02x".formatted(c) : Character.toString(c))
                .collect(Collectors.joining());
    }

    private static String hex(ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    static JsonObject json(Path source, Manifest manifest, TraceSummary summary) {
        MachineConfiguration machine = manifest.getMachine();
        return new JsonObject().put("command", "info")
                .put("trace", source.toString())
                .put("complete", summary.complete())
                .put("formatVersion", manifest.getFormatVersion())
                .put("retrovisorVersion", manifest.getRetrovisorVersion())
                .put("createdMillis", manifest.getCreatedMillis())
                .put("memoryBytes", machine.getMemoryBytes())
                .put("processors", machine.getProcessors())
                .put("processorModel", machine.getProcessorModel())
                .put("clock", machine.getClock() == ClockMode.CLOCK_STEPS ? "steps" : "host")
                .put("commandLine", machine.getCommandLine())
                .put("images", manifest.getImagesList().stream().map(InfoReport::image).toList())
                .put("end", manifest.hasEnd() ? end(manifest.getEnd()) : null)
                .put("lastMoment", summary.lastMoment())
                .put("events", summary.events())
                .put("eventsByKind", summary.eventsByKind())
                .put("logBytes", summary.logBytes())
                .put("traceBytes", summary.traceBytes());
    }

    private static JsonObject image(GuestImage image) {
        return new JsonObject().put("role", image.getRole())
                .put("fileName", image.getFileName())
                .put("sizeBytes", image.getSizeBytes())
                .put("sha256", hex(image.getSha256()));
    }

    private static JsonObject end(End end) {
        return new JsonObject().put("reason", end.getReason())
                .put("detail", end.getDetail())
                .put("moment", end.getMoment())
                .put("consoleBytes", end.getConsoleBytes())
                .put("wallMillis", end.getWallMillis())
                .put("finalDigest", hex(end.getFinalDigest()));
    }
}
