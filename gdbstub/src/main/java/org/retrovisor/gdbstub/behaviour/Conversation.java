package org.retrovisor.gdbstub.behaviour;

import java.util.Optional;
import java.util.Set;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.ProcessorId;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.packet.Hex;
import org.retrovisor.gdbstub.packet.ThreadId;

/** What the stub remembers about one client: what it understands and which threads it has selected. */
final class Conversation {
    private final DebugTarget target;
    private Set<String> clientFeatures = Set.of();
    private ProcessorId general;
    private ThreadId resuming = ThreadId.ANY_THREAD;
    private boolean physical;

    Conversation(DebugTarget target) {
        this.target = target;
        this.general = target.current();
    }

    void clientSupports(Set<String> features) {
        clientFeatures = features;
    }

    boolean clientSupports(String feature) {
        return clientFeatures.contains(feature + "+");
    }

    /** The processor that register and memory packets mean. */
    ProcessorId general() {
        return general;
    }

    void selectGeneral(ThreadId thread) {
        general = processor(thread);
    }

    /** gdb takes the thread of a stop reply as selected. */
    void stoppedOn(ProcessorId processor) {
        general = processor;
        resuming = ThreadId.ANY_THREAD;
    }

    void selectResuming(ThreadId thread) {
        processor(thread);
        resuming = thread;
    }

    /** The processor that a step without thread means. */
    ProcessorId resuming() {
        return resuming.isWildcard() ? general : processor(resuming);
    }

    boolean readsPhysical() {
        return physical;
    }

    void readPhysical(boolean on) {
        physical = on;
    }

    /** The processor that a thread names; any stands for the selected one. An error when there is no such thread. */
    ProcessorId processor(ThreadId thread) {
        if (thread.isWildcard() && thread.meansOurProcess()) {
            return general;
        }
        return find(thread)
                .orElseThrow(() -> new TargetError("there is no thread " + thread.process() + "." + thread.thread()));
    }

    Optional<ProcessorId> find(ThreadId thread) {
        return target.processors().stream()
                .filter(processor -> thread.meansOurProcess() && processor.index() + 1 == thread.thread())
                .findFirst();
    }

    /** A processor as gdb names it in this conversation. */
    String name(ProcessorId processor) {
        return (clientSupports("multiprocess") ? "p1." : "") + Hex.of(processor.index() + 1);
    }
}
