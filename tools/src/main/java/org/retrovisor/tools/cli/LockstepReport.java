package org.retrovisor.tools.cli;

import java.util.Optional;
import org.retrovisor.replay.Lockstep;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.report.Figures;
import org.retrovisor.tools.report.Progress;
import org.retrovisor.tools.terminal.Interrupts;
import org.retrovisor.trace.Trace;

/** What {@code verify --lockstep} does and shows. */
final class LockstepReport {
    private static final long MILLION = 1_000_000;

    private final ToolCommand command;

    LockstepReport(ToolCommand command) {
        this.command = command;
    }

    ExitCode run(Trace trace, long millions) {
        try (Interrupts interrupts = Interrupts.handle(() -> {});
                Progress progress = command.replayProgress(trace);
                Lockstep lockstep = new Lockstep(
                        trace, EngineChoice.interpreter.factory(), EngineChoice.translator.factory())) {
            Optional<Lockstep.Disagreement> found = lockstep.run(millions * MILLION, moment -> {
                progress.at(moment);
                return !interrupts.interrupted();
            });
            progress.close();
            if (found.isPresent()) {
                command.say("the engines disagree at moment %s, and agreed at %s:", Figures.count(found.get().moment()),
                        Figures.count(found.get().agreed()));
                found.get().report().lines().forEach(line -> command.say("%s", line));
                return ExitCode.DIVERGED;
            }
            command.say("in lockstep: both engines agree up to moment %s, block by block for the first %s million",
                    Figures.count(lockstep.moment()), Figures.count(millions));
            return interrupts.interrupted() ? ExitCode.INTERRUPTED : ExitCode.OK;
        }
    }
}
