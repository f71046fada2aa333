package org.retrovisor.monitor.translator;

import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.Mxcsr;

/**
 * Whether translated blocks may hold SSE instructions: only while none of them can raise #UD, #NM or #XM by the state of
 * control registers and MXCSR.
 *
 * <p>A change forgets all translations. A guest that changes its mind often, to switch SSE state lazily for instance, has
 * its SSE instructions interpreted from then on.
 */
final class VectorPolicy {
    private static final int MOST_CHANGES = 16;

    private boolean allowed;
    private int changes;

    boolean allowed() {
        return allowed;
    }

    /** Looks at the processor; true when what is {@link #allowed} has changed. */
    boolean changed(Processor cpu) {
        if (possible(cpu) == allowed) {
            return false;
        }
        if (changes >= MOST_CHANGES && !allowed) {
            return false;
        }
        changes++;
        allowed = !allowed;
        return true;
    }

    private static boolean possible(Processor cpu) {
        boolean enabled = (cpu.cr0 & (Control.CR0_EM | Control.CR0_TS)) == 0 && (cpu.cr4 & Control.CR4_OSFXSR) != 0;
        return enabled && (~cpu.mxcsr >> Mxcsr.MASK_SHIFT & Mxcsr.FLAGS) == 0;
    }
}
