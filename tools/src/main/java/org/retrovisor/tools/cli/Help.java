package org.retrovisor.tools.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.Version;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** How help looks, the same for all commands. */
final class Help {
    static final int WIDTH = 100;
    static final int OPTION_WIDTH = 28;

    private Help() {}

    static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }

    /** Gives every command --help and --version, and lists the exit codes under its help. */
    static void complete(CommandLine commandLine) {
        addStandardOptions(commandLine.getCommandSpec());
        for (CommandLine command : commandLine.getSubcommands().values()) {
            addStandardOptions(command.getCommandSpec());
            command.getCommandSpec().usageMessage().exitCodeListHeading("%nExit codes:%n").exitCodeList(exitCodes());
        }
    }

    private static void addStandardOptions(CommandSpec spec) {
        spec.mixinStandardHelpOptions(true).versionProvider(
                () -> new String[]{"retrovisor " + Version.TEXT, "Java " + Runtime.version()});
    }

    private static Map<String, String> exitCodes() {
        Map<String, String> codes = new LinkedHashMap<>();
        for (ExitCode code : ExitCode.values()) {
            codes.put(Integer.toString(code.number()), code.meaning());
        }
        return codes;
    }
}
