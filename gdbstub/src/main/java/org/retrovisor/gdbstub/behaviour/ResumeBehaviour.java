package org.retrovisor.gdbstub.behaviour;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.ProcessorId;
import org.retrovisor.gdbstub.debuggee.StepRange;
import org.retrovisor.gdbstub.packet.GeneralPackets.Bare;
import org.retrovisor.gdbstub.packet.ResumePackets.Action;
import org.retrovisor.gdbstub.packet.ResumePackets.Action.Kind;
import org.retrovisor.gdbstub.packet.ResumePackets.Continue;
import org.retrovisor.gdbstub.packet.ResumePackets.Resume;

/** Forward motion. */
final class ResumeBehaviour {
    private final DebugTarget target;
    private final Conversation conversation;
    private final StopPointTable stopPoints;
    private final Motion motion;

    ResumeBehaviour(DebugTarget target, Conversation conversation, StopPointTable stopPoints) {
        this.target = target;
        this.conversation = conversation;
        this.stopPoints = stopPoints;
        this.motion = new Motion(target, conversation);
    }

    Reply whyStopped(Bare packet) {
        return motion.whereNow();
    }

    Reply actions(Bare packet) {
        return Reply.text("vCont;c;C;s;S;t;r");
    }

    Reply continueForward(Resume packet, Exchange exchange) {
        return packet.elsewhere() ? Reply.error(target.readOnlyReason()) : continueForward(exchange);
    }

    Reply stepForward(Resume packet, Exchange exchange) {
        return packet.elsewhere()
                ? Reply.error(target.readOnlyReason())
                : step(conversation.resuming(), StepRange.ONE_INSTRUCTION, exchange);
    }

    /**
     * gdb asks one thread to step and the others to go on, or to stay. What the others do is recorded: they do what they did.
     */
    Reply vCont(Continue packet, Exchange exchange) {
        packet.actions().stream().map(Action::thread).forEach(conversation::processor);
        return processorsCurrentFirst()
                .filter(processor -> kind(packet, processor) == Kind.STEP)
                .findFirst()
                .map(processor -> step(processor, range(packet, processor), exchange))
                .orElseGet(() -> anyContinues(packet) ? continueForward(exchange) : motion.whereNow());
    }

    private Stream<ProcessorId> processorsCurrentFirst() {
        return Stream.concat(Stream.of(conversation.resuming()), target.processors().stream());
    }

    private boolean anyContinues(Continue packet) {
        return target.processors().stream().anyMatch(processor -> kind(packet, processor) == Kind.CONTINUE);
    }

    private Kind kind(Continue packet, ProcessorId processor) {
        return action(packet.actions(), processor).map(Action::kind).orElse(Kind.STOP);
    }

    private StepRange range(Continue packet, ProcessorId processor) {
        Action action = action(packet.actions(), processor).orElseThrow();
        return new StepRange(action.start(), action.end());
    }

    /** The leftmost action that names the processor counts. */
    private Optional<Action> action(List<Action> actions, ProcessorId processor) {
        return actions.stream()
                .filter(action -> action.thread().isWildcard()
                        || conversation.find(action.thread()).filter(processor::equals).isPresent())
                .findFirst();
    }

    private Reply continueForward(Exchange exchange) {
        return motion.report(() -> target.continueForward(stopPoints.all(), exchange.interruption()), exchange);
    }

    private Reply step(ProcessorId processor, StepRange range, Exchange exchange) {
        return motion.report(
                () -> target.stepForward(processor, range, stopPoints.all(), exchange.interruption()), exchange);
    }
}
