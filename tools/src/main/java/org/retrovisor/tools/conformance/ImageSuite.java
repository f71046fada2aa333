package org.retrovisor.tools.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.bench.OwnProcess;
import org.retrovisor.tools.guests.GuestUnavailableException;
import org.retrovisor.tools.task.Folders;

/**
 * System images that others made to test machines, booted as they come: each is recorded, and the recording verified on every engine.
 * An image passes when its console says that it got through, nothing that it complained, and the recording replays.
 */
final class ImageSuite {
    static final String NAME = "images";

    /**
     * An image.
     *
     * @param source the Debian package that holds it
     * @param file where in the package
     * @param options how it is started
     * @param through what the console says when it got through, which also ends it
     * @param complaint what the console says when it found something wrong
     */
    record Image(String name, int bits, String source, String file, List<String> options, String through,
            String complaint) {
        String id() {
            return name + "-" + bits;
        }

        /** What the console says against it; empty for nothing. */
        String problem(String console) {
            Matcher found = Pattern.compile(complaint).matcher(console);
            if (found.find()) {
                return "it reports \"" + found.group() + "\"";
            }
            return Pattern.compile(through).matcher(console).find() ? "" : "it never came to \"" + through + "\"";
        }
    }

    /** Stands for Debian's kernel in the options of an image. */
    private static final String KERNEL = "KERNEL";

    private static final List<String> STEPS = List.of("--clock", "steps", "--max-instructions", "5000M");

    /** Its first six tests, up to the moving inversions of a random pattern; all of them take half an hour on the interpreter. */
    private static Image memtest(int bits, String file) {
        return new Image("memtest86+", bits, "memtest86+", file,
                List.of("--memory", "6M", "--append", "console=ttyS0,115200"), "Moving inversions, (32|64) bit",
                "Errors: +[1-9][0-9]*");
    }

    /** The hypervisor with Debian's kernel as its first guest, which finds no disk. */
    private static Image xen() {
        return new Image("xen", 64, "xen-hypervisor-4.17-amd64", "boot/xen-4.17-amd64.gz",
                List.of("--memory", "512M", "--initrd", KERNEL, "--append",
                        "xen com1=115200,8n1 console=com1 loglvl=all noreboot -- console=hvc0 earlyprintk=xen panic=-1"),
                "VFS: Unable to mount root fs", "Xen BUG|Xen WARN|Oops|Call Trace");
    }

    static final List<Image> IMAGES = List.of(memtest(64, "boot/memtest86+x64.bin"),
            memtest(32, "boot/memtest86+ia32.bin"), xen());

    private final Workshop workshop;
    private final Consumer<String> progress;
    private final Conformance.Request request;

    ImageSuite(Workshop workshop, Consumer<String> progress, Conformance.Request request) {
        this.workshop = workshop;
        this.progress = progress;
        this.request = request;
    }

    List<Outcome> run() throws IOException, InterruptedException, GuestUnavailableException {
        List<Outcome> outcomes = new ArrayList<>();
        for (Image image : IMAGES) {
            if (request.pattern() == null || image.id().matches(request.pattern())) {
                progress.accept("suite images: " + image.id());
                String problem = run(image, workshop.unpacked(image.source).resolve(image.file));
                Verdict verdict = problem.isEmpty() ? Verdict.PASSED : Verdict.FAILED;
                outcomes.add(new Outcome(NAME, image.id(), image.bits, verdict, problem));
            }
        }
        return outcomes;
    }

    private String run(Image image, Path file) throws IOException, InterruptedException, GuestUnavailableException {
        Path folder = Files.createTempDirectory("retrovisor-images");
        try {
            String trace = folder.resolve("image.rv").toString();
            List<String> command = new ArrayList<>(List.of("record", "-o", trace, "--engine", request.engine(), "--cpu",
                    request.model(), "--kernel", unzipped(file, folder).toString(), "--stop-on", image.through));
            command.addAll(STEPS);
            for (String option : image.options) {
                command.add(option.equals(KERNEL) ? workshop.kernel().toString() : option);
            }
            String problem = image.problem(OwnProcess.output(command));
            if (problem.isEmpty()) {
                OwnProcess.output(List.of("verify", trace));
            }
            return problem;
        } catch (ToolException e) {
            return e.getMessage();
        } finally {
            Folders.delete(folder);
        }
    }

    private static Path unzipped(Path file, Path folder) throws IOException {
        if (!file.toString().endsWith(".gz")) {
            return file;
        }
        Path plain = folder.resolve("image");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            Files.copy(in, plain);
        }
        return plain;
    }
}
