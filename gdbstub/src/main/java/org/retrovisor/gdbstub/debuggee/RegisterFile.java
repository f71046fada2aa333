package org.retrovisor.gdbstub.debuggee;

import java.util.Optional;
import org.retrovisor.gdbstub.features.Register;

/** The registers of one processor at one moment. */
public interface RegisterFile {
    /** The value, exactly {@link Register#bytes()} bytes, least significant first; empty when the target doesn't have it. */
    Optional<byte[]> read(Register register);
}
