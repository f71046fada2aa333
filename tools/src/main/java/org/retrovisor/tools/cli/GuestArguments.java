package org.retrovisor.tools.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.tools.live.GuestSettings;
import org.retrovisor.tools.task.GuestOptions;
import org.retrovisor.tools.task.GuestSource;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The GUEST-OPTIONS of run and record. */
final class GuestArguments {
    /** Guest time. */
    enum Clock {
        host, steps
    }

    /** Processor models. */
    enum Model {
        v2(CpuModel.V2), v3(CpuModel.V3);

        private final CpuModel model;

        Model(CpuModel model) {
            this.model = model;
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--kernel", required = true, paramLabel = "FILE", description = "the kernel: a Linux bzImage (vmlinuz) or a multiboot image")
    private Path kernel;

    @Option(names = "--initrd", paramLabel = "FILE", description = "the initial RAM disk")
    private Path initrd;

    @Option(names = "--append", paramLabel = "TEXT", defaultValue = "", description = "the kernel's command line")
    private String append;

    @Option(names = "--memory", paramLabel = "SIZE", defaultValue = "512M", converter = MemorySize.Converter.class, description = "the guest's RAM, like 64M or 8G; default ${DEFAULT-VALUE}")
    private MemorySize memory;

    @Option(names = "--cpu", paramLabel = "v2|v3", defaultValue = "v2", description = "the processor model: x86-64-v2, or x86-64-v3 with AVX2, FMA and AES; default ${DEFAULT-VALUE}")
    private Model cpu;

    @Option(names = "--cpus", paramLabel = "N", defaultValue = "1", description = "processors; this version has 1 only")
    private int cpus;

    @Option(names = "--disk", paramLabel = "FILE", description = "a disk; this version has none")
    private Path disk;

    @Option(names = "--clock", paramLabel = "host|steps", defaultValue = "host", description = "what guest time follows: the host's clock, or the count of instructions, with idle time"
            + " skipped and all runs alike; default ${DEFAULT-VALUE}")
    private Clock clock;

    @Option(names = "--stop-on", paramLabel = "REGEX", converter = RegularExpression.class, description = "end the run when a line on the guest's console matches")
    private Pattern stopOn;

    @Option(names = "--max-instructions", paramLabel = "N", converter = InstructionCount.Converter.class, description = "end the run after so many instructions, like 500M")
    private InstructionCount maxInstructions;

    @Option(names = "--engine", paramLabel = "auto|interpreter|translator", defaultValue = "auto", description = "what executes instructions; default ${DEFAULT-VALUE}")
    private EngineChoice engine;

    /** The engine asked for. */
    EngineChoice engine() {
        return Checks.existing(spec, engine);
    }

    /** The guest asked for; reads its files. */
    GuestSource source() {
        check();
        GuestSettings.Clock time = GuestSettings.Clock.valueOf(clock.name().toUpperCase(Locale.ROOT));
        long limit = maxInstructions == null ? Long.MAX_VALUE : maxInstructions.value();
        GuestOptions options = new GuestOptions(memory.bytes(), cpu.model, time, stopOn, limit);
        return GuestSource.read(new GuestSource.Request(kernel, initrd, append, options));
    }

    private void check() {
        if (cpus != 1) {
            throw new ParameterException(spec.commandLine(),
                    "--cpus %d: this version runs guests with one processor only; leave --cpus out".formatted(cpus));
        }
        if (disk != null) {
            throw new ParameterException(spec.commandLine(),
                    "--disk: this version has no disks yet; put the files into the initial RAM disk (--initrd)");
        }
        if (maxInstructions != null && maxInstructions.value() == 0) {
            throw new ParameterException(spec.commandLine(), "--max-instructions 0: give at least 1");
        }
    }

    /** Compiles a regular expression. */
    static final class RegularExpression implements ITypeConverter<Pattern> {
        @Override
        public Pattern convert(String text) {
            try {
                return Pattern.compile(text);
            } catch (PatternSyntaxException e) {
                throw new TypeConversionException("'%s' is not a regular expression: %s".formatted(text,
                        e.getDescription()));
            }
        }
    }
}
