package org.retrovisor.tools.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.TraceFolders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Whatever is wrong with the input: one line, an exit code of its own, and nothing of the user's is touched. */
class BadInputTest {
    @TempDir
    static Path shared;
    private static Path trace;

    @TempDir
    Path folder;

    @BeforeAll
    static void record() {
        trace = RacerTrace.shortOne(shared);
    }

    // ---- guest images ----

    @Test
    void aFileThatIsNoKernelIsRefused() throws IOException {
        Path text = Files.writeString(folder.resolve("notes.txt"), "x".repeat(5000));
        Invocation.of("run", "--kernel", text).refused(ExitCode.BAD_GUEST, "not a kernel that can be started");
        Invocation.of("record", "--kernel", text, "-o", folder.resolve("n.rv"))
                .refused(ExitCode.BAD_GUEST, "neither a Linux bzImage nor a multiboot image");
        assertFalse(Files.exists(folder.resolve("n.rv")));
    }

    @Test
    void anEmptyKernelIsRefused() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty"));
        Invocation.of("run", "--kernel", empty).refused(ExitCode.BAD_GUEST, "the file is empty");
    }

    @Test
    void aKernelThatWasCutShortIsRefusedAndLeavesNoTrace() throws IOException {
        byte[] whole = Files.readAllBytes(RacerTrace.kernel(folder));
        Path half = Files.write(folder.resolve("half.elf"), Arrays.copyOf(whole, whole.length / 8));
        Invocation.of("record", "--kernel", half, "-o", folder.resolve("h.rv"))
                .refused(ExitCode.BAD_GUEST, "cut short or damaged");
        assertFalse(Files.exists(folder.resolve("h.rv")));
    }

    @Test
    void aMissingKernelIsNamed() {
        Path missing = folder.resolve("vmlinuz");
        Invocation.of("run", "--kernel", missing).refused(ExitCode.MISSING_FILE, missing + " does not exist");
    }

    @Test
    void aMissingInitialRamDiskIsNamed() {
        Path missing = folder.resolve("initrd.gz");
        Invocation.of("run", "--kernel", RacerTrace.kernel(folder), "--initrd", missing)
                .refused(ExitCode.MISSING_FILE, missing + " does not exist");
    }

    @Test
    void aDirectoryIsNoKernel() {
        Invocation.of("run", "--kernel", folder).refused(ExitCode.MISSING_FILE, "is a directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"4K", "1M", "3M"})
    void tooLittleMemoryIsRefusedAndLeavesNoTrace(String memory) {
        Invocation.of("record", "--kernel", RacerTrace.kernel(folder), "--memory", memory, "-o", folder.resolve("m.rv"))
                .refused(ExitCode.TOO_LITTLE_MEMORY, "--memory");
        assertFalse(Files.exists(folder.resolve("m.rv")));
    }

    // ---- outputs ----

    @Test
    void anOutputThatExistsIsLeftAsItIs() throws IOException {
        Path output = Files.writeString(folder.resolve("thesis.rv"), "precious");
        Invocation.of("record", "--kernel", RacerTrace.kernel(folder), "-o", output)
                .refused(ExitCode.OUTPUT_EXISTS, output + " exists already");
        Invocation.of("pack", trace, "-o", output).refused(ExitCode.OUTPUT_EXISTS, output + " exists already");
        assertEquals("precious", Files.readString(output));
    }

    @Test
    void aTraceThatExistsIsNotRecordedOver() throws IOException {
        byte[] before = Files.readAllBytes(trace.resolve("manifest"));
        Invocation.of("record", "--kernel", RacerTrace.kernel(folder), "-o", trace)
                .refused(ExitCode.OUTPUT_EXISTS, "exists already");
        assertTrue(Arrays.equals(before, Files.readAllBytes(trace.resolve("manifest"))));
    }

    @Test
    void anOutputInAFolderThatIsMissingIsRefused() {
        Path output = folder.resolve("no/such/folder/x.rv");
        Invocation.of("record", "--kernel", RacerTrace.kernel(folder), "-o", output)
                .refused(ExitCode.OUTPUT_UNWRITABLE, "the directory around it does not exist");
        Invocation.of("pack", trace, "-o", output).refused(ExitCode.OUTPUT_UNWRITABLE, "does not exist");
    }

    @Test
    void anOutputWhereNobodyCanWriteIsRefused() {
        // /proc takes no new entries, not even from root.
        Invocation.of("record", "--kernel", RacerTrace.kernel(folder), "-o", "/proc/x.rv")
                .refused(ExitCode.OUTPUT_UNWRITABLE, "cannot create /proc/x.rv");
        Invocation.of("pack", trace, "-o", "/proc/x.rvz").refused(ExitCode.OUTPUT_UNWRITABLE, "/proc/x.rvz");
    }

    // ---- traces ----

    @ParameterizedTest
    @ValueSource(strings = {"replay", "info", "events", "verify", "debug"})
    void aMissingTraceIsNamed(String command) {
        Path missing = folder.resolve("gone.rv");
        Invocation.of(command, missing).refused(ExitCode.MISSING_FILE, missing + " does not exist");
    }

    @ParameterizedTest
    @ValueSource(strings = {"replay", "info", "events", "verify", "debug"})
    void somethingElseThanATraceIsRefused(String command) throws IOException {
        Path text = Files.writeString(folder.resolve("notes.txt"), "hello");
        Invocation.of(command, text).refused(ExitCode.BAD_TRACE, "is not a trace");
        Invocation.of(command, folder).refused(ExitCode.BAD_TRACE, "");
    }

    @ParameterizedTest
    @CsvSource({"manifest,1", "manifest,20", "initial-state,10", "initial-state,2000"})
    void aTraceFileThatWasCutShortIsRefused(String file, int left) throws IOException {
        Path copy = TraceFolders.copy(trace, folder.resolve("cut.rv"));
        Damage.cut(copy.resolve(file), left);
        Invocation.of("replay", copy).refused(ExitCode.BAD_TRACE, "");
    }

    @Test
    void anEventLogThatWasCutShortIsRefused() throws IOException {
        Path copy = TraceFolders.copy(trace, folder.resolve("cut.rv"));
        Path log = Damage.eventLog(copy);
        Damage.cut(log, Damage.lastBatch(log) + 40);
        Invocation.of("replay", copy).refused(ExitCode.BAD_TRACE, "event log");
        Invocation.of("info", copy).refused(ExitCode.BAD_TRACE, "event log");
    }

    @ParameterizedTest
    @CsvSource({"manifest,30", "initial-state,40", "initial-state,3000"})
    void aFlippedByteIsFound(String file, int at) throws IOException {
        Path copy = TraceFolders.copy(trace, folder.resolve("flipped.rv"));
        Damage.flip(copy.resolve(file), at);
        Invocation.of("replay", copy).refused(ExitCode.BAD_TRACE, "");
    }

    @Test
    void aFlippedByteInTheEventLogIsFound() throws IOException {
        Path copy = TraceFolders.copy(trace, folder.resolve("flipped.rv"));
        Path log = Damage.eventLog(copy);
        Damage.flip(log, Damage.lastBatch(log) + 100);
        Invocation.of("verify", copy).refused(ExitCode.BAD_TRACE, "event log");
        Invocation.of("replay", copy).refused(ExitCode.BAD_TRACE, "event log");
    }

    @Test
    void aDamagedBundleIsRefused() throws IOException {
        Path bundle = folder.resolve("whole.rvz");
        Invocation.of("pack", trace, "-o", bundle).succeeded();
        int size = (int) Files.size(bundle);
        Path cut = Files.copy(bundle, folder.resolve("cut.rvz"));
        Damage.cut(cut, size / 2);
        Invocation.of("replay", cut).refused(ExitCode.BAD_TRACE, "take another copy");
        for (int at = 100; at < size; at += size / 7) {
            Path flipped = folder.resolve("flipped" + at + ".rvz");
            Damage.flip(Files.copy(bundle, flipped), at);
            Invocation result = Invocation.of("replay", flipped);
            // A flip in a name's date or the like does no harm; any other is found.
            if (result.exit() != ExitCode.OK.number()) {
                result.ended(ExitCode.BAD_TRACE);
                assertEquals(1, result.err().lines().count(), result.err());
            }
        }
    }

    @Test
    void aReplayThatLeavesTheRecordedPathSaysAtWhichEventAndMoment() {
        Path changed = Damage.withoutEvent(trace, folder.resolve("changed.rv"), 40);
        Invocation replay = Invocation.of("replay", changed).ended(ExitCode.DIVERGED);
        assertEquals(1, replay.err().lines().count(), replay.err());
        assertTrue(replay.err().matches("(?s)retrovisor: replay left the recorded path at event 40, moment \\d+: .*"),
                replay.err());
    }

    @Test
    void aReplayThatEndsInAnotherStateIsNotCalledVerified() throws IOException {
        Path changed = Damage.withOtherDigest(trace, folder.resolve("changed.rv"));
        Invocation replay = Invocation.of("replay", changed).ended(ExitCode.DIVERGED);
        assertTrue(replay.err().contains("another state than the recording"), replay.err());
        assertFalse(replay.err().contains("verified:"), replay.err());
    }

    @Test
    void aTraceOfAnUnknownProcessorModelIsRefused() throws IOException {
        Path changed = Damage.withModel("retrovisor-v9", trace, folder.resolve("changed.rv"));
        String sentence = "the trace was recorded on the processor model retrovisor-v9, which this version does not have";
        Invocation.of("replay", changed).refused(ExitCode.BAD_TRACE, sentence);
        Invocation verify = Invocation.of("verify", changed).ended(ExitCode.BAD_TRACE);
        assertTrue(verify.err().contains(sentence), verify.err());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 99, -1})
    void aTraceOfAnUnknownVersionOfTheModelIsRefused(int version) throws IOException {
        Path changed = Damage.withModelVersion(version, trace, folder.resolve("changed%d.rv".formatted(version)));
        String sentence = "the trace was recorded on version %s of the processor model retrovisor-v2, and this program"
                .formatted(Integer.toUnsignedString(version));
        Invocation.of("replay", changed).refused(ExitCode.BAD_TRACE, sentence);
    }

    // ---- debugging ----

    @Test
    void aPortInUseIsNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            Invocation.of("debug", trace, "--listen", address).refused(ExitCode.PORT_IN_USE, address);
        }
    }

    @Test
    void aMissingGdbIsNamedWithThePackageToInstall() {
        Invocation.of("debug", trace).refused(ExitCode.MISSING_TOOL, "apt-get install gdb");
        Invocation.of("debug", trace, "--gdb", folder.resolve("mygdb"))
                .refused(ExitCode.MISSING_TOOL, "cannot find " + folder.resolve("mygdb"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "1.2.3.4:99999", "a:b:c", "no.such.host.invalid:1234"})
    void anAddressThatIsNoneIsExplained(String address) {
        Invocation.of("debug", trace, "--listen", address).refused(ExitCode.USAGE, "127.0.0.1:1234");
    }

    @Test
    void verboseAddsTheStackTrace() {
        Invocation result = Invocation.of("replay", folder.resolve("gone.rv"), "--verbose")
                .ended(ExitCode.MISSING_FILE);
        assertTrue(result.err().contains("\tat "), result.err());
    }
}
