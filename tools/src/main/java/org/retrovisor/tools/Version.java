package org.retrovisor.tools;

/** The version of this program, as traces and people are told. */
public final class Version {
    /** The version of the build; a test compares it with the pom. */
    public static final String TEXT = "0.1.0-SNAPSHOT";

    private Version() {}
}
