package org.retrovisor.gdbstub.behaviour;

import java.util.function.Supplier;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.Stop;
import org.retrovisor.gdbstub.debuggee.TargetError;

/** What all resume packets share: move, then report where the machine stands. */
final class Motion {
    private final DebugTarget target;
    private final StopReplies replies;

    Motion(DebugTarget target, Conversation conversation) {
        this.target = target;
        this.replies = new StopReplies(target, conversation);
    }

    /**
     * Moves and reports; when the user has pressed Ctrl-C already, reports only. After an error gdb would not know whether the machine stands still, so the user gets the sentence on the
     * console and gdb an ordinary stop.
     */
    Reply report(Supplier<Stop> move, Exchange exchange) {
        if (exchange.interruption().requested()) {
            return replies.of(new Stop.Interrupted(target.current()));
        }
        try {
            Stop stop = move.get();
            if (stop instanceof Stop.AtOwnWatch own) {
                exchange.console(own.sentence());
            }
            return replies.of(stop);
        } catch (TargetError e) {
            exchange.console(e.getMessage() + "\n");
            return whereNow();
        }
    }

    Reply whereNow() {
        return replies.of(new Stop.Stepped(target.current()));
    }
}
