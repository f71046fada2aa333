package org.retrovisor.tools.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The self-tests of Linux for x86: single steps across system calls, IRET and SYSRET with odd segments, IOPL and I/O bitmaps,
 * FSGSBASE, LDTs. Which there are, for which size of code and with what beside, is read from their Makefile.
 */
final class KernelSuite implements Suite {
    private static final String VERSION = "6.1";
    private static final String FOLDER = "tools/testing/selftests";
    private static final Pattern LIST = Pattern
            .compile("^TARGETS_C_(BOTHBITS|32BIT_ONLY|64BIT_ONLY|32BIT_NEEDED) *:= *(.*)$", Pattern.MULTILINE);
    private static final Pattern MORE = Pattern
            .compile("^\\$\\(OUTPUT\\)/(\\w+): (?:CFLAGS \\+= )?(.*)$", Pattern.MULTILINE);

    @Override
    public String name() {
        return "kernel";
    }

    @Override
    public String sourcePackage() {
        return "linux-source-" + VERSION;
    }

    @Override
    public String archive() {
        return "usr/src/linux-source-*.tar.xz";
    }

    @Override
    public List<String> members() {
        return List.of("*/" + FOLDER + "/x86/*", "*/" + FOLDER + "/kselftest*", "*/arch/x86/include/asm/desc_defs.h");
    }

    @Override
    public boolean runsOnHost() {
        return false;
    }

    @Override
    public List<SuiteProgram> programs(Path sources) throws IOException {
        Path folder;
        try (Stream<Path> roots = Files.list(sources)) {
            folder = roots.map(root -> root.resolve(FOLDER + "/x86")).filter(Files::isDirectory).findFirst()
                    .orElseThrow(() -> new IOException("no folder " + FOLDER + "/x86 in the sources"));
        }
        String makefile = Files.readString(folder.resolve("Makefile")).replace("\\\n", " ");
        List<SuiteProgram> programs = new ArrayList<>();
        Matcher list = LIST.matcher(makefile);
        while (list.find()) {
            for (String name : list.group(2).strip().split("\\s+")) {
                if (!list.group(1).equals("64BIT_ONLY")) {
                    programs.add(program(makefile, folder, name, 32));
                }
                if (!list.group(1).equals("32BIT_ONLY")) {
                    programs.add(program(makefile, folder, name, 64));
                }
            }
        }
        return programs;
    }

    private SuiteProgram program(String makefile, Path folder, String name, int bits) {
        List<String> arguments = new ArrayList<>(
                List.of("-O2", "-std=gnu99", "-pthread", "-no-pie", "-I..", name + ".c"));
        Matcher more = MORE.matcher(makefile);
        while (more.find()) {
            if (more.group(1).equals(name + "_" + bits)) {
                arguments.addAll(List.of(more.group(2).strip().split("\\s+")));
            }
        }
        arguments.addAll(List.of("-lrt", "-ldl", "-lm"));
        return new SuiteProgram(name(), name, bits, folder, arguments);
    }
}
