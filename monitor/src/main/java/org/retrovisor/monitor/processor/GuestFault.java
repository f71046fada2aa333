package org.retrovisor.monitor.processor;

/**
 * An exception of the guest, on its way from the instruction that raised it to the processor that delivers it.
 *
 * <p>One object per processor is used again and again; it has no stack trace. See {@link Processor#fault}.
 */
public final class GuestFault extends RuntimeException {
    private static final long serialVersionUID = 1;
    /** No error code is pushed. */
    public static final int NO_ERROR_CODE = -1;

    private int vector;
    private int errorCode;
    private long address;
    private boolean nonCanonical;
    private boolean inNewTask;
    private boolean trap;

    GuestFault() {
        super(null, null, false, false);
    }

    GuestFault with(int newVector, int newErrorCode, long newAddress) {
        vector = newVector;
        errorCode = newErrorCode;
        address = newAddress;
        nonCanonical = false;
        inNewTask = false;
        trap = false;
        return this;
    }

    GuestFault becauseNonCanonical() {
        nonCanonical = true;
        return this;
    }

    GuestFault inTheNewTask() {
        inNewTask = true;
        return this;
    }

    GuestFault asTrap() {
        trap = true;
        return this;
    }

    /** What it is to the delivery: a fault, but for the trap of a task's debug bit, which comes in the same way. */
    Event event() {
        return trap ? Event.TRAP : Event.FAULT;
    }

    /** Whether a task switch was under way and the processor is in the new task: RIP is not the instruction's any more. */
    public boolean inNewTask() {
        return inNewTask;
    }

    /** Whether an address was not canonical: #GP(0) here, but #SS(0) when it was a stack access. */
    public boolean nonCanonical() {
        return nonCanonical;
    }

    /** The exception's vector, 0 to 31. */
    public int vector() {
        return vector;
    }

    /** The error code, or {@link #NO_ERROR_CODE}. */
    public int errorCode() {
        return errorCode;
    }

    /** The linear address of a page fault, for CR2; 0 otherwise. */
    public long address() {
        return address;
    }
}
