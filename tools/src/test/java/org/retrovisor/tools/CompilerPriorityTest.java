package org.retrovisor.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

@EnabledOnOs(OS.LINUX)
class CompilerPriorityTest {
    /** Of proc(5): field 19, counted from the one behind the name in parentheses, the third. */
    private static final int NICE = 19 - 3;

    @Test
    void theSecondCompilerGivesWayAndNoOtherThreadDoes() throws IOException {
        CompilerPriority.lower();
        assertFalse(niceValues(name -> name.startsWith("C2 Compiler")).isEmpty());
        assertTrue(niceValues(name -> name.startsWith("C2 Compiler")).stream().allMatch(nice -> nice >= 10));
        assertEquals(List.of(niceIn(read(Path.of("/proc/self/stat")))),
                niceValues(name -> name.startsWith("C1 Compiler")));
    }

    private static List<Integer> niceValues(Predicate<String> wanted) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            return threads.filter(thread -> wanted.test(read(thread.resolve("comm"))))
                    .map(thread -> read(thread.resolve("stat")))
                    .filter(stat -> !stat.isEmpty())
                    .map(CompilerPriorityTest::niceIn)
                    .distinct()
                    .toList();
        }
    }

    private static int niceIn(String stat) {
        return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[NICE]);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException _) {
            return ""; // a thread that has ended
        }
    }
}
