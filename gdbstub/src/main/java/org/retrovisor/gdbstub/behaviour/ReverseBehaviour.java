package org.retrovisor.gdbstub.behaviour;

import org.retrovisor.gdbstub.debuggee.ProcessorId;
import org.retrovisor.gdbstub.debuggee.ReversibleTarget;
import org.retrovisor.gdbstub.packet.GeneralPackets.Bare;

/** Backward motion. gdb names the thread of bs beforehand, with Hc. */
final class ReverseBehaviour {
    private final ReversibleTarget target;
    private final Conversation conversation;
    private final StopPointTable stopPoints;
    private final Motion motion;

    ReverseBehaviour(ReversibleTarget target, Conversation conversation, StopPointTable stopPoints) {
        this.target = target;
        this.conversation = conversation;
        this.stopPoints = stopPoints;
        this.motion = new Motion(target, conversation);
    }

    Reply step(Bare packet, Exchange exchange) {
        ProcessorId processor = conversation.resuming();
        return motion.report(
                () -> target.stepBackward(processor, stopPoints.all(), exchange.interruption()), exchange);
    }

    Reply resume(Bare packet, Exchange exchange) {
        return motion.report(() -> target.continueBackward(stopPoints.all(), exchange.interruption()), exchange);
    }
}
