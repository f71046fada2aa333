package org.retrovisor.tools.conformance;

/** What became of a program of a suite. */
public enum Verdict {
    /** It exited with 0. */
    PASSED("pass"),
    /** It failed, and nobody knows why: the only verdict that makes a run fail. */
    FAILED("fail"),
    /** It failed for a reason that is known. */
    KNOWN("fail, known"),
    /** It failed on the host's processor, too. */
    HOST_FAILS("fail on the host, too"),
    /** The compiler refused it. */
    NOT_BUILT("not built"),
    /** It needs what the processor model does not offer, or cannot be judged. */
    LEFT_OUT("left out");

    private final String title;

    Verdict(String title) {
        this.title = title;
    }

    /** The heading in a table. */
    public String title() {
        return title;
    }
}
