package org.retrovisor.tools.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** The programs that suites find in their sources; the sources here are a few lines of our own. */
class SuitesTest {
    @TempDir
    Path sources;

    @Test
    void theKernelsMakefileSaysWhichProgramsThereAreAndWithWhat() throws IOException {
        write("linux-9/tools/testing/selftests/x86/Makefile", """
                TARGETS_C_BOTHBITS := both \\
                    again
                TARGETS_C_32BIT_ONLY := old
                TARGETS_C_64BIT_ONLY := new
                TARGETS_C_32BIT_NEEDED := needed
                $(OUTPUT)/both_64: thunks.S
                $(OUTPUT)/again_32: CFLAGS += -Wl,-estart -static
                """);
        List<SuiteProgram> programs = new KernelSuite().programs(sources);
        assertEquals(List.of("both-32", "both-64", "again-32", "again-64", "old-32", "new-64", "needed-32",
                "needed-64"), programs.stream().map(SuiteProgram::id).toList());
        assertEquals(List.of("both.c", "thunks.S", "-lrt"), programs.get(1).arguments().subList(5, 8));
        assertEquals(List.of("again.c", "-Wl,-estart", "-static"), programs.get(2).arguments().subList(5, 8));
    }

    @Test
    void gccsTestsSayThemselvesHowTheyAreBuilt() throws IOException {
        write("gcc-9/gcc/testsuite/gcc.target/i386/sse2-add.c", """
                /* { dg-do run } */
                /* { dg-options "-O2 -msse2" } */
                """);
        write("gcc-9/gcc/testsuite/gcc.target/i386/wide.c", "/* { dg-do run { target lp64 } } */");
        write("gcc-9/gcc/testsuite/gcc.target/i386/looks.c", "/* { dg-do compile } */");
        List<SuiteProgram> programs = new GccSuite(9).programs(sources);
        assertEquals(List.of("sse2-add-32", "sse2-add-64", "wide-64"),
                programs.stream().map(SuiteProgram::id).toList());
        assertEquals(List.of("-w", "-O2", "-msse2", "sse2-add.c", "-lm"), programs.getFirst().arguments());
    }

    @Test
    void sourcesWithoutTheSuiteAreNoticed() {
        assertThrows(IOException.class, () -> new KernelSuite().programs(sources));
        assertThrows(IOException.class, () -> new GccSuite(9).programs(sources));
    }

    @Test
    void anImagePassesWhenItsConsoleSaysSoAndNothingElse() {
        ImageSuite.Image image = ImageSuite.IMAGES.getFirst();
        String clean = "Pass:  0        Errors: 0  \u001b[4;35H#6  [Moving inversions, 64 bit pattern";
        assertEquals("", image.problem(clean));
        assertEquals("it reports \"Errors: 12\"", image.problem(clean + "Errors: 12 "));
        assertEquals("it never came to \"Moving inversions, (32|64) bit\"",
                image.problem("Errors: 0 #5  [Moving inversions, random pattern"));
        assertEquals("", image.problem(clean + "Errors:  0"));
    }

    private void write(String file, String text) throws IOException {
        Path path = sources.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
