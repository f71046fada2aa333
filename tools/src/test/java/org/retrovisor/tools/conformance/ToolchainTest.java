package org.retrovisor.tools.conformance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.tools.guests.GuestUnavailableException;
import org.retrovisor.tools.guests.HostPrograms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ToolchainTest {
    @TempDir
    Path system;

    @Test
    void theCompilersVersionChoosesThePackages() throws Exception {
        Toolchain toolchain = Toolchain.find((folder, limit, command) -> new HostPrograms.Result(0, "13\n"));
        assertEquals(13, toolchain.major());
        assertTrue(toolchain.packages().contains("lib32gcc-13-dev"));
    }

    @Test
    void withoutACompilerASentenceSaysSo() {
        var failure = assertThrows(GuestUnavailableException.class,
                () -> Toolchain.find((folder, limit, command) -> new HostPrograms.Result(127, "not found")));
        assertEquals("can't run gcc; install gcc to build the suites", failure.getMessage());
    }

    @Test
    void aProblemIsTheCompilersFirstError() throws Exception {
        Toolchain toolchain = Toolchain.find((folder, limit, command) -> command.contains("-dumpversion")
                ? new HostPrograms.Result(0, "12")
                : new HostPrograms.Result(1, "x.c: In function main:\nx.c:1: error: first\nx.c:2: error: second\n"));
        SuiteProgram program = new SuiteProgram("gcc", "x", 32, system, List.of("x.c"));
        assertEquals(Optional.of("x.c:1: error: first"), toolchain.build(program, system, system.resolve("x")));
    }

    @Test
    void linksOfThePackagesStayInsideTheirFolder() throws Exception {
        Files.createDirectories(system.resolve("usr/lib32"));
        Files.createDirectories(system.resolve("lib32"));
        Files.createDirectories(system.resolve("lib"));
        Files.writeString(system.resolve("lib32/libm.so.6"), "library");
        Files.writeString(system.resolve("lib32/ld-linux.so.2"), "loader");
        Files.createSymbolicLink(system.resolve("usr/lib32/libm.so"), Path.of("/lib32/libm.so.6"));
        Toolchain.relink(system);
        assertEquals("library", Files.readString(system.resolve("usr/lib32/libm.so")));
        assertEquals("loader", Files.readString(system.resolve("lib/ld-linux.so.2")));
    }
}
