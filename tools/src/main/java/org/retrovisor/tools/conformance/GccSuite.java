package org.retrovisor.tools.conformance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * GCC's tests of code for x86 that are to be executed: almost each instruction of MMX, SSE, AVX, FMA, BMI and AES against the
 * same computed in C, and what its authors got wrong once.
 */
final class GccSuite implements Suite {
    private static final String FOLDER = "gcc/testsuite/gcc.target/i386";

    private final int major;

    /** The suite of one version of GCC, which should be the compiler's. */
    GccSuite(int major) {
        this.major = major;
    }

    @Override
    public String name() {
        return "gcc";
    }

    @Override
    public String sourcePackage() {
        return "gcc-" + major + "-source";
    }

    @Override
    public String archive() {
        return "usr/src/gcc-" + major + "/gcc-*.tar.xz";
    }

    @Override
    public List<String> members() {
        return List.of("*/" + FOLDER + "/*", "*/gcc/testsuite/gcc.dg/*.[ch]",
                "*/gcc/testsuite/gcc.c-torture/execute/*.[ch]");
    }

    @Override
    public boolean runsOnHost() {
        return true;
    }

    @Override
    public List<SuiteProgram> programs(Path sources) throws IOException {
        Path folder;
        try (Stream<Path> roots = Files.list(sources)) {
            folder = roots.map(root -> root.resolve(FOLDER)).filter(Files::isDirectory).findFirst()
                    .orElseThrow(() -> new IOException("no folder " + FOLDER + " in the sources"));
        }
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.toString().endsWith(".c")).sorted().toList();
        }
        List<SuiteProgram> programs = new ArrayList<>();
        for (Path file : files) {
            DejaGnuHeader header = DejaGnuHeader.parse(Files.readString(file, StandardCharsets.ISO_8859_1));
            for (int bits : new int[]{32, 64}) {
                if (header.runs(bits)) {
                    programs.add(program(folder, file.getFileName().toString(), header, bits));
                }
            }
        }
        return programs;
    }

    private SuiteProgram program(Path folder, String file, DejaGnuHeader header, int bits) {
        List<String> arguments = new ArrayList<>(List.of("-w"));
        arguments.addAll(header.options(bits));
        arguments.add(file);
        arguments.addAll(header.moreSources());
        arguments.add("-lm");
        return new SuiteProgram(name(), file.substring(0, file.length() - 2), bits, folder, arguments);
    }
}
