package org.retrovisor.tools.bench;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.retrovisor.monitor.oracle.CaseJournal;
import org.retrovisor.monitor.oracle.Silicon;

/**
 * The process in which cases run on the host, for a case that faults there ends the JVM. It goes on until it is ended, and
 * prints a line for each row: round, index of the row, cases compared, cases that faulted, then the reports of
 * differences in base 64.
 */
public final class SiliconWorker {
    private static final int STATES = 8;

    private SiliconWorker() {}

    /** Arguments: the seed, the round and the index of the row to begin with, the file of the journal. */
    public static void main(String[] arguments) {
        long seed = Long.parseLong(arguments[0]);
        int round = Integer.parseInt(arguments[1]);
        int index = Integer.parseInt(arguments[2]);
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
        Silicon silicon = new Silicon();
        silicon.keep(new CaseJournal(Path.of(arguments[3])));
        List<Silicon.Subject> subjects = silicon.subjects();
        for (;; round++) {
            for (; index < subjects.size(); index++) {
                Silicon.Outcome outcome = silicon.compare(subjects.get(index), seed + round, STATES);
                out.println(line(round, index, outcome));
                if (out.checkError()) {
                    return; // nobody reads it any more
                }
            }
            index = 0;
        }
    }

    private static String line(int round, int index, Silicon.Outcome outcome) {
        StringBuilder line = new StringBuilder("%d %d %d %d".formatted(round, index, outcome.compared(),
                outcome.faulted()));
        for (String difference : outcome.differences()) {
            line.append(' ').append(Base64.getEncoder().encodeToString(difference.getBytes(StandardCharsets.UTF_8)));
        }
        return line.toString();
    }
}
