package org.retrovisor.tools.conformance;

/**
 * What became of one program.
 *
 * @param program its name with the size of code
 * @param reason why it did not pass; empty when it did
 */
public record Outcome(String suite, String program, int bits, Verdict verdict, String reason) {
    static Outcome of(SuiteProgram program, Verdict verdict, String reason) {
        return new Outcome(program.suite(), program.id(), program.bits(), verdict, reason);
    }
}
