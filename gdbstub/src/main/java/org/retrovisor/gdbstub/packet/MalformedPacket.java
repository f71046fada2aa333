package org.retrovisor.gdbstub.packet;

/** A packet doesn't have its shape. Never leaves the stub: it becomes an error reply. */
public final class MalformedPacket extends RuntimeException {
    private static final long serialVersionUID = 1;

    public MalformedPacket(String what) {
        super(what, null, false, false);
    }
}
