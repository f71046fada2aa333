package org.retrovisor.gdbstub.agent;

/** An agent expression is malformed, or its evaluation can't go on. The message is one sentence. */
public final class AgentError extends RuntimeException {
    private static final long serialVersionUID = 1;

    public AgentError(String sentence) {
        super(sentence, null, false, false);
    }
}
