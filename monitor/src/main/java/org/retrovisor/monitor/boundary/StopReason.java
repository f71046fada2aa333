package org.retrovisor.monitor.boundary;

/** Why a run ended. The numbers are stored in traces and never change. */
public enum StopReason {
    /** ACPI soft-off. */
    POWER_OFF(1, "the guest powered off"),
    /** A reset through the keyboard controller, port CF9 or the ACPI reset register. */
    RESET(2, "the guest reset the machine"),
    /** A fault while delivering a double fault. */
    TRIPLE_FAULT(3, "the processor shut down (triple fault)"),
    /** HLT with interrupts disabled: nothing could ever wake the processor. */
    HALTED(4, "the processor halted with interrupts disabled"),
    /** A write to the debug-exit port. */
    DEBUG_EXIT(8, "the guest wrote to the debug-exit port"),
    /** The console matched the expression of --stop-on. */
    CONSOLE_MATCH(5, "the console matched --stop-on"),
    /** The limit of --max-instructions. */
    INSTRUCTION_LIMIT(6, "the instruction limit was reached"),
    /** The user ended the run (Ctrl-A x or a signal). */
    USER(7, "the user ended the run"),
    /** The guest reported a panic to the pvpanic device. */
    PANIC(9, "the guest reported a panic"),
    /** The recorder died, nothing is known of what followed; never stored. */
    CUT_SHORT(100, "the recording was cut short");

    private final int code;
    private final String sentence;

    StopReason(int code, String sentence) {
        this.code = code;
        this.sentence = sentence;
    }

    /** The number stored in traces. */
    public int code() {
        return code;
    }

    /** The reason in words, for the end of a run. */
    public String sentence() {
        return sentence;
    }

    /** The reason with this number; IllegalArgumentException when there is none. */
    public static StopReason ofCode(int code) {
        for (StopReason reason : values()) {
            if (reason.code == code) {
                return reason;
            }
        }
        throw new IllegalArgumentException("no stop reason has the number " + code);
    }
}
