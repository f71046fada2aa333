package org.retrovisor.tools.cli;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.task.EventListing;
import org.retrovisor.trace.EventKind;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Lists the recorded events. */
@Command(name = "events", header = "List the recorded events.", description = {"",
    "Each with its number, moment, processor, kind and value. The kinds: PORT_READ, MMIO_READ,"
            + " MSR_READ, TIMESTAMP, RANDOM, INTERRUPT, NMI, INIT, SIPI, DMA, PROCESSOR_SWITCH, OUTWARD_DIGEST,"
            + " END."}, footer = {"", "Example:",
                "  retrovisor events crash.rv --kind INTERRUPT,NMI --from 20M --limit 100"})
final class EventsCommand extends ToolCommand {
    @Parameters(paramLabel = "TRACE", description = Texts.TRACE)
    private Path source;

    @Option(names = "--kind", split = ",", paramLabel = "KIND", description = "only events of these kinds")
    private Set<EventKind> kinds;

    @Option(names = "--from", paramLabel = "MOMENT", defaultValue = "0", converter = InstructionCount.Converter.class, description = "only events at or after this moment")
    private InstructionCount from;

    @Option(names = "--to", paramLabel = "MOMENT", converter = InstructionCount.Converter.class, description = "only events at or before this moment")
    private InstructionCount to;

    @Option(names = "--limit", paramLabel = "N", converter = InstructionCount.Converter.class, description = "at most so many events")
    private InstructionCount limit;

    @Option(names = "--json", description = Texts.JSON_ONLY)
    private boolean json;

    @Override
    ExitCode execute() {
        long last = to == null ? Long.MAX_VALUE : to.value();
        if (last < from.value()) {
            throw new ParameterException(spec().commandLine(),
                    "--to lies before --from; give the earlier moment first");
        }
        Set<EventKind> wanted = kinds == null || kinds.isEmpty() ? EnumSet.allOf(EventKind.class) : kinds;
        EventListing.Filter filter = new EventListing.Filter(wanted, from.value(), last,
                limit == null ? Long.MAX_VALUE : limit.value());
        try (Trace trace = Traces.open(source)) {
            EventListing listing = new EventListing(trace, filter, out());
            if (json) {
                listing.printJson();
            } else {
                listing.printTable();
            }
            return ExitCode.OK;
        }
    }
}
