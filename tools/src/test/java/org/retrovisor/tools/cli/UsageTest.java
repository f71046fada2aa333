package org.retrovisor.tools.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.Version;
import org.retrovisor.tools.terminal.Surroundings;
import picocli.CommandLine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Help, versions, and command lines that are wrong. */
class UsageTest {
    @TempDir
    Path folder;

    static List<String> commands() {
        return Retrovisor.commandLine(Surroundings.nowhere()).getSubcommands().keySet().stream()
                .filter(name -> !name.equals("help"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasHelpWithAnExampleAndTheExitCodes(String command) {
        Invocation help = Invocation.of(command, "--help").succeeded();
        assertTrue(help.out().contains("Usage: retrovisor " + command), help.out());
        assertTrue(help.out().contains("Example"), help.out());
        for (ExitCode code : ExitCode.values()) {
            assertTrue(help.out().contains(code.number() + " "), help.out());
            assertTrue(help.out().contains(code.meaning()), help.out());
        }
        assertEquals("", help.err());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyOptionHasADescription(String command) {
        CommandLine line = Retrovisor.commandLine(Surroundings.nowhere()).getSubcommands().get(command);
        line.getCommandSpec().args().forEach(arg -> assertTrue(arg.description().length > 0, command + " " + arg));
    }

    @Test
    void helpListsAllCommandsOnALineEach() {
        String help = Invocation.of("--help").succeeded().out();
        for (String command : commands()) {
            assertEquals(1, help.lines().filter(line -> line.startsWith("  " + command + " ")).count(), help);
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpWithACommandIsTheHelpOfThatCommand(String command) {
        assertEquals(Invocation.of(command, "--help").out(), Invocation.of("help", command).succeeded().out());
    }

    @Test
    void helpAloneIsTheHelpOfTheWhole() {
        String help = Invocation.of("help").succeeded().out();
        assertEquals(Invocation.of("--help").out(), help);
        assertEquals(1, help.lines().filter(line -> line.startsWith("  help ")).count(), help);
        assertTrue(Invocation.of("help", "--help").succeeded().out().contains("Usage: retrovisor help"));
    }

    @Test
    void helpOnAnUnknownCommandNamesIt() {
        Invocation.of("help", "recrod").refused(ExitCode.USAGE, "recrod");
    }

    @Test
    void theVersionIsThatOfThePom() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        assertTrue(pom.contains("<version>" + Version.TEXT + "</version>"), Version.TEXT);
        assertTrue(Invocation.of("--version").succeeded().out().startsWith("retrovisor " + Version.TEXT));
    }

    @Test
    void withoutACommandThereIsAHint() {
        Invocation.of().refused(ExitCode.USAGE, "see retrovisor --help");
    }

    @Test
    void anUnknownCommandIsNamedAndTheNearestSuggested() {
        Invocation.of("recrod").refused(ExitCode.USAGE, "unknown command or argument recrod; did you mean record");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void anUnknownOptionIsNamed(String command) {
        Invocation result = Invocation.of(command, "--no-such-option").ended(ExitCode.USAGE);
        assertEquals(1, result.err().lines().count(), result.err());
    }

    @Test
    void aMissingOptionIsNamed() {
        Invocation.of("record", "--kernel", "x").refused(ExitCode.USAGE, "--output=TRACE");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "--memory abc           | 'abc' is not a size of memory; write it like 64M, 512M or 8G",
        "--memory 0             | out of range",
        "--memory 2T            | out of range",
        "--memory 1000001       | not a multiple of 4K",
        "--memory -5M           | not a size of memory",
        "--cpu v9               | v2, v3",
        "--cpus 2               | one processor only",
        "--cpus many            | 'many' is not an int",
        "--disk d.img           | no disks yet",
        "--clock moon           | expected one of",
        "--engine warp          | expected one of",
        "--stop-on (            | '(' is not a regular expression",
        "--max-instructions x   | 'x' is not a number of instructions",
        "--max-instructions 0   | give at least 1",
        "--max-instructions 999999999999999999G | too large"})
    void aWrongGuestOptionIsExplained(String options, String explanation) {
        String[] words = options.strip().split(" ", -1);
        Invocation.of("run", "--kernel", RacerTrace.kernel(folder), words[0], words[1])
                .refused(ExitCode.USAGE, explanation);
    }

    @Test
    void exitCodesAreDifferentAndDocumented() throws IOException {
        String guide = Files.readString(Path.of("../docs/user-guide.md"));
        assertEquals(ExitCode.values().length,
                List.of(ExitCode.values()).stream().map(ExitCode::number).distinct().count());
        for (ExitCode code : ExitCode.values()) {
            assertTrue(guide.contains("| " + code.number() + " | "), code + " is missing in the user guide");
        }
    }
}
