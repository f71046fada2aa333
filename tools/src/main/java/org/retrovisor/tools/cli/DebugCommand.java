package org.retrovisor.tools.cli;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.report.Figures;
import org.retrovisor.tools.report.Progress;
import org.retrovisor.tools.task.DebugSession;
import org.retrovisor.tools.task.Gdb;
import org.retrovisor.tools.task.GuestSymbols;
import org.retrovisor.tools.terminal.Interrupts;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Opens gdb on a trace. */
@Command(name = "debug", header = "Walk through a trace with gdb, standing at its end.", description = {"",
    "Forward and backward: reverse-stepi, reverse-continue, watch and the rest; \"monitor help\" lists our own"
            + " commands. What was recorded can be read but not changed."}, footer = {"", "Examples:",
                "  retrovisor debug crash.rv", "  retrovisor debug crash.rv --listen 127.0.0.1:1234"})
final class DebugCommand extends ToolCommand {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress("127.0.0.1", 0);

    @Parameters(paramLabel = "TRACE", description = Texts.TRACE)
    private Path source;

    @Option(names = "--listen", paramLabel = "HOST:PORT", converter = ListenAddress.Converter.class, description = "only serve: start no gdb, and go on until interrupted")
    private ListenAddress listen;

    @Option(names = "--gdb", paramLabel = "PROGRAM", defaultValue = "gdb", description = "the gdb to start; default ${DEFAULT-VALUE}")
    private String gdb;

    @Option(names = "--symbols", paramLabel = "ELF", description = "the kernel with symbols (vmlinux), which need not know where KASLR put it; without, a Linux kernel's own names come from its memory")
    private Path symbols;

    @Option(names = "--checkpoint-memory", paramLabel = "SIZE", converter = CheckpointMemory.Converter.class, defaultValue = "1G", description = "memory for checkpoints, of which more make going back faster; at most half of this program's heap; default ${DEFAULT-VALUE}")
    private CheckpointMemory checkpointMemory;

    @Option(names = "--engine", paramLabel = Texts.ENGINES, defaultValue = "auto", description = Texts.ENGINE)
    private EngineChoice engine;

    @Override
    ExitCode execute() throws Exception {
        var engines = Checks.existing(spec(), engine).factory();
        if (listen != null) {
            Checks.canListen(spec(), listen.address());
        }
        if (symbols != null) {
            GuestSymbols.check(symbols);
        }
        try (Trace trace = Traces.open(source)) {
            Gdb program = listen == null ? Gdb.find(gdb, surroundings().environment()) : null;
            say("going to the end of %s", source);
            try (Interrupts interrupts = Interrupts.handle(() -> {});
                    Progress progress = progress("Reading", trace);
                    DebugSession session = DebugSession.open(
                            trace, engines, checkpointMemory.bytes(), progress, interrupts::interrupted)) {
                progress.close();
                if (session == null) {
                    return ExitCode.INTERRUPTED;
                }
                say("standing at moment %s", Figures.count(session.timeline().moment()));
                return listen == null ? interactive(trace, session, program) : serve(trace, session, interrupts);
            }
        }
    }

    private ExitCode interactive(Trace trace, DebugSession session, Gdb program) {
        try (GuestSymbols guest = guestSymbols(trace, session); Interrupts terminal = Interrupts.ignore()) {
            int code = program.runInteractively(program.command(session.serve(ANY_PORT), guest, List.of()));
            return code == 0 ? ExitCode.OK : ExitCode.MISSING_TOOL;
        }
    }

    private GuestSymbols guestSymbols(Trace trace, DebugSession session) {
        return symbols == null
                ? GuestSymbols.of(trace, session.timeline(), problem -> say("%s", problem))
                : GuestSymbols.given(symbols, session.timeline().machine().current());
    }

    /** Says how to connect, with symbols and scripts that are there as long as the service is. */
    private ExitCode serve(Trace trace, DebugSession session, Interrupts interrupts) throws InterruptedException {
        try (GuestSymbols guest = guestSymbols(trace, session)) {
            String address = Gdb.hostAndPort(session.serve(listen.address()));
            say("serving gdb; connect with: target remote %s", address);
            say("or with symbols and our own commands: %s", Gdb.commandLine(address, guest));
            while (!interrupts.interrupted()) {
                Thread.sleep(100);
            }
            return ExitCode.INTERRUPTED;
        }
    }
}
