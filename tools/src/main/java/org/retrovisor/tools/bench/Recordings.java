package org.retrovisor.tools.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.task.Folders;

/**
 * Records a guest again and again by the host's clock while bytes are typed at random times, and replays each recording: the
 * engines take turns, and every other Linux guest places its kernel at random (KASLR). All must end in the recorded state.
 */
public final class Recordings {
    private static final int LONGEST_PAUSE_MILLIS = 300;
    private static final int MOST_BYTES_AT_ONCE = 10;
    private static final String KASLR_OFF = "nokaslr";

    /**
     * One recording and its replay.
     *
     * @param typed bytes typed
     * @param same whether the replay ended in the recorded digest over all registers and RAM, with the recorded console
     */
    public record Outcome(int number, String recordedOn, String replayedOn, boolean kaslr, double instructions,
            double recordSeconds, double replaySeconds, double logBytes, long typed, boolean same) {}

    private final BenchGuest guest;
    private final List<String> engines;
    private final Path folder;

    private Recordings(BenchGuest guest, List<String> engines, Path folder) {
        this.guest = guest;
        this.engines = engines;
        this.folder = folder;
    }

    /**
     * Records and replays.
     *
     * @param engines the names of the engines that take turns
     * @param progress gets a line for each thing that is begun
     * @param each gets each outcome as it is known
     */
    public static List<Outcome> make(
            CrashBench.Guest which,
            int count,
            List<String> engines,
            Consumer<String> progress,
            Consumer<Outcome> each) {
        try {
            Path folder = Files.createTempDirectory("retrovisor-recordings");
            try {
                BenchGuest guest = BenchGuest.of(which, folder, progress);
                Recordings recordings = new Recordings(guest, engines, folder);
                List<Outcome> outcomes = new ArrayList<>();
                for (int number = 1; number <= count; number++) {
                    Outcome outcome = recordings.one(number);
                    each.accept(outcome);
                    outcomes.add(outcome);
                }
                return outcomes;
            } finally {
                Folders.delete(folder);
            }
        } catch (IOException e) {
            throw new ToolException(ExitCode.OUTPUT_UNWRITABLE, "cannot write temporary files: " + e.getMessage(), e);
        }
    }

    private Outcome one(int number) throws IOException {
        int pairs = engines.size() * engines.size();
        String recorder = engines.get(number % pairs / engines.size());
        String replayer = engines.get(number % engines.size());
        boolean kaslr = number / pairs % 2 == 1 && guest.commandLine().contains(KASLR_OFF);
        BenchGuest placed = kaslr ? guest.with(guest.commandLine().replace(KASLR_OFF, "")) : guest;
        Path trace = folder.resolve("recording" + number + ".rv");
        Typist typist = new Typist(number);
        List<String> record = new ArrayList<>(
                List.of("record", "--json", "--engine", recorder, "-o", trace.toString()));
        record.addAll(placed.options());
        String recorded = OwnProcess.output(record, typist);
        String replayed = OwnProcess.output(List.of("replay", "--json", "--engine", replayer, trace.toString()));
        Folders.delete(trace);
        return new Outcome(number, recorder, replayer, kaslr, OwnProcess.figure(recorded, "instructions"),
                OwnProcess.figure(recorded, "seconds"), OwnProcess.figure(replayed, "seconds"),
                OwnProcess.figure(recorded, "logBytes"), typist.typed, replayed.contains("\"verification\":\"SAME\""));
    }

    /** Types random bytes at random times until nobody reads them any more. */
    private static final class Typist implements Consumer<OutputStream> {
        private final Random random;
        private long typed;

        Typist(long seed) {
            random = new Random(seed);
        }

        @Override
        public void accept(OutputStream keyboard) {
            try {
                while (true) {
                    Thread.sleep(random.nextInt(LONGEST_PAUSE_MILLIS));
                    byte[] bytes = new byte[1 + random.nextInt(MOST_BYTES_AT_ONCE)];
                    random.nextBytes(bytes);
                    keyboard.write(bytes);
                    keyboard.flush();
                    typed += bytes.length;
                }
            } catch (IOException _) {
                // The guest ended.
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
