package org.retrovisor.tools.conformance;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KnownReasonsTest {
    private static SuiteProgram program(String name, String... options) {
        return new SuiteProgram("gcc", name, 64, Path.of("."), List.of(options));
    }

    @Test
    void aProgramIsKnownByItsNameOrByOneOfItsOptions() {
        KnownReasons reasons = new KnownReasons("""
                # a comment
                out\tgcc\tnever-.*\tfor a reason
                v2\tgcc\t-mavx\tneeds v3
                fails\tgcc\twrong-64\tis wrong itself
                """);
        assertEquals(Optional.of("for a reason"), reasons.leftOut(program("never-1")));
        assertEquals(Optional.of("needs v3"), reasons.leftOutOn("v2", program("any", "-O2", "-mavx")));
        assertEquals(Optional.empty(), reasons.leftOutOn("v3", program("any", "-O2", "-mavx")));
        assertEquals(Optional.empty(), reasons.leftOutOn("v2", program("any", "-mavx2")));
        assertEquals(Optional.of("is wrong itself"), reasons.failure(program("wrong")));
        assertEquals(Optional.empty(), reasons.failure(program("never-1")));
    }

    @Test
    void aRowThatIsNoneIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new KnownReasons("perhaps\tgcc\t.*\twhy"));
        assertThrows(IllegalArgumentException.class, () -> new KnownReasons("out\tgcc\t.*"));
    }

    @Test
    void theTableThatComesWithTheToolCanBeRead() {
        assertTrue(KnownReasons.standard().leftOut(program("avx512f-x", "-mavx512f")).isPresent());
        assertTrue(KnownReasons.standard().leftOutOn("v2", program("sse2-x", "-msse2")).isEmpty());
    }
}
