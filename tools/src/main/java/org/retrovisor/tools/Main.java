package org.retrovisor.tools;

/** Entry point of the command line. */
public final class Main {
    private Main() {}

    /** Prints the usage; the commands arrive with their modules. */
    public static void main(String[] args) {
        System.out.println("usage: retrovisor COMMAND [OPTIONS]");
    }
}
