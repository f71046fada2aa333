package org.retrovisor.tools.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.task.Gdb;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks of options that several commands share. */
final class Checks {
    private Checks() {}

    /** The engine, if this version has it. */
    static EngineChoice existing(CommandSpec spec, EngineChoice engine) {
        if (!engine.exists()) {
            throw new ParameterException(spec.commandLine(),
                    "--engine " + engine + ": this host cannot run generated code; use --engine interpreter or auto");
        }
        return engine;
    }

    /** Whether an address can be listened on, asked before the long way to the end of a trace. */
    static void canListen(CommandSpec spec, InetSocketAddress address) {
        if (address.isUnresolved()) {
            throw new ParameterException(spec.commandLine(), "--listen: there is no host " + address.getHostString()
                    + "; write an address like 127.0.0.1:1234");
        }
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(address);
        } catch (IOException e) {
            throw new ToolException(ExitCode.PORT_IN_USE, "cannot listen on %s (%s); choose another with --listen"
                    .formatted(Gdb.hostAndPort(address), e.getMessage()), e);
        }
    }
}
