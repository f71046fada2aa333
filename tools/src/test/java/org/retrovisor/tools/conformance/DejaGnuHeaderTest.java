package org.retrovisor.tools.conformance;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

class DejaGnuHeaderTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "/* { dg-do run } */ | true | true",
        "/* { dg-do compile } */ | false | false",
        "/* { dg-do run { target { ! ia32 } } } */ | false | true",
        "/* { dg-do run { target { avx2 && { ! ia32 } } } } */ | false | true",
        "/* { dg-do run { target ia32 } } */ | true | false",
        "/* { dg-do run } */ /* { dg-require-effective-target sse2 } */ | true | true",
        "/* { dg-do run } */ /* { dg-require-effective-target lp64 } */ | false | true",
        "int main() { return 0; } | false | false"})
    void theTargetSaysWhichCodeRuns(String source, boolean as32, boolean as64) {
        DejaGnuHeader header = DejaGnuHeader.parse(source.replace("*/ /*", "*/\n/*"));
        assertEquals(as32, header.runs(32));
        assertEquals(as64, header.runs(64));
    }

    @Test
    void optionsMayDependOnTheTarget() {
        DejaGnuHeader header = DejaGnuHeader.parse("""
                /* { dg-do run } */
                /* { dg-options "-O2 -msse2" } */
                /* { dg-additional-options "-march=i686" { target ia32 } } */
                /* { dg-additional-sources more.c } */
                """);
        assertEquals(List.of("-O2", "-msse2", "-march=i686"), header.options(32));
        assertEquals(List.of("-O2", "-msse2"), header.options(64));
        assertEquals(List.of("more.c"), header.moreSources());
        assertFalse(header.options(64).contains("-march=i686"));
    }
}
