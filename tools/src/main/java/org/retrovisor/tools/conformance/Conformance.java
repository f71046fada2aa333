package org.retrovisor.tools.conformance;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.guests.GuestUnavailableException;
import org.retrovisor.tools.guests.HostPrograms;

/**
 * The suites, run. The first time, sources and libraries are fetched with apt and some thousand programs are built, which takes
 * a quarter of an hour; later runs read the cache.
 */
public final class Conformance {
    /** What to run: suites by name (none for all), and only programs whose name matches, on which engine and model. */
    public record Request(List<String> suites, String pattern, String engine, String model) {}

    /** Programs of one guest: enough that its boot does not matter, few enough to see it go on. */
    private static final int BATCH = 300;

    private final Request request;
    private final Consumer<String> progress;
    private final KnownReasons reasons = KnownReasons.standard();
    private final List<Outcome> outcomes = new ArrayList<>();

    private Conformance(Request request, Consumer<String> progress) {
        this.request = request;
        this.progress = progress;
    }

    /** Runs what is asked for; the outcome of each program, by suite and name. */
    public static List<Outcome> run(Request request, Consumer<String> progress) {
        try {
            return new Conformance(request, progress).runAll();
        } catch (GuestUnavailableException e) {
            throw new ToolException(ExitCode.MISSING_TOOL, e.getMessage(), e);
        } catch (IOException e) {
            throw new ToolException(ExitCode.OUTPUT_UNWRITABLE, "cannot keep the suites: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ToolException(ExitCode.INTERRUPTED, "interrupted; no suite was finished", e);
        }
    }

    private List<Outcome> runAll() throws IOException, InterruptedException, GuestUnavailableException {
        HostPrograms programs = HostPrograms.real();
        Toolchain toolchain = Toolchain.find(programs);
        Workshop workshop = new Workshop(programs, toolchain, progress);
        List<Suite> suites = List.of(new KernelSuite(), new GccSuite(toolchain.major()));
        List<String> names = new ArrayList<>(suites.stream().map(Suite::name).toList());
        names.add(ImageSuite.NAME);
        request.suites.stream().filter(name -> !names.contains(name)).findFirst().ifPresent(name -> {
            throw new ToolException(ExitCode.USAGE,
                    "no suite " + name + "; there are " + String.join(", ", names));
        });
        for (Suite suite : suites) {
            if (request.suites.isEmpty() || request.suites.contains(suite.name())) {
                run(suite, workshop);
            }
        }
        if (request.suites.isEmpty() || request.suites.contains(ImageSuite.NAME)) {
            outcomes.addAll(new ImageSuite(workshop, progress, request).run());
        }
        return outcomes;
    }

    private void run(Suite suite, Workshop workshop)
            throws IOException, InterruptedException, GuestUnavailableException {
        List<SuiteProgram> candidates = new ArrayList<>();
        for (SuiteProgram program : suite.programs(workshop.sources(suite))) {
            if (request.pattern == null || program.id().matches(request.pattern)) {
                keepUnless(reasons.leftOut(program), Verdict.LEFT_OUT, program, candidates);
            }
        }
        Map<String, String> problems = workshop.build(suite, candidates);
        List<SuiteProgram> built = new ArrayList<>();
        for (SuiteProgram program : candidates) {
            keepUnless(Optional.ofNullable(problems.get(program.id())), Verdict.NOT_BUILT, program, built);
        }
        List<SuiteProgram> fitting = new ArrayList<>();
        for (SuiteProgram program : built) {
            keepUnless(reasons.leftOutOn(request.model, program), Verdict.LEFT_OUT, program, fitting);
        }
        runInGuests(suite, workshop, fitting);
    }

    private void keepUnless(
            Optional<String> reason, Verdict verdict, SuiteProgram program, List<SuiteProgram> kept) {
        reason.ifPresentOrElse(why -> outcomes.add(Outcome.of(program, verdict, why)), () -> kept.add(program));
    }

    private void runInGuests(Suite suite, Workshop workshop, List<SuiteProgram> programs)
            throws IOException, InterruptedException, GuestUnavailableException {
        for (int from = 0; from < programs.size(); from += BATCH) {
            List<SuiteProgram> batch = programs.subList(from, Math.min(programs.size(), from + BATCH));
            progress.accept("suite %s: programs %d to %d of %d, in a guest".formatted(suite.name(), from + 1,
                    from + batch.size(), programs.size()));
            Map<String, SuiteGuest.Ending> endings = workshop.runInGuest(suite, batch, request.engine, request.model);
            for (SuiteProgram program : batch) {
                outcomes.add(judge(suite, workshop, program, endings.get(program.id())));
            }
        }
    }

    private Outcome judge(Suite suite, Workshop workshop, SuiteProgram program, SuiteGuest.Ending ending)
            throws IOException, InterruptedException, GuestUnavailableException {
        if (ending != null && ending.code() == 0) {
            return Outcome.of(program, Verdict.PASSED, "");
        }
        Optional<String> known = reasons.failure(program);
        if (known.isPresent()) {
            return Outcome.of(program, Verdict.KNOWN, known.get());
        }
        if (suite.runsOnHost() && !workshop.passesOnHost(suite, program)) {
            return Outcome.of(program, Verdict.HOST_FAILS, "");
        }
        return Outcome.of(program, Verdict.FAILED, ending == null || ending.code() < 0
                ? "the guest ended before it did"
                : ("exit code " + ending.code() + "\n" + ending.output()).strip());
    }

    /** How many outcomes have each verdict, by suite and size of code. */
    public static Map<String, Map<Verdict, Long>> counts(List<Outcome> outcomes) {
        Map<String, Map<Verdict, Long>> counts = new LinkedHashMap<>();
        for (Outcome outcome : outcomes) {
            counts.computeIfAbsent(outcome.suite() + ", " + outcome.bits() + " bits", _ -> new LinkedHashMap<>())
                    .merge(outcome.verdict(), 1L, Long::sum);
        }
        return counts;
    }
}
