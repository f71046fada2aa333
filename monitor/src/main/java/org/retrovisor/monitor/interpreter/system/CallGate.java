package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.processor.Descriptors;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.SegmentLoader;
import org.retrovisor.monitor.processor.Vector;

/**
 * A call gate that the program may use, and the code segment behind it.
 *
 * @param selector of the code segment
 * @param code its descriptor
 * @param offset where to go in it
 * @param size of what is pushed: 2, 4 or 8 bytes
 * @param parameters how many to copy to an inner stack
 */
record CallGate(int selector, long code, long offset, int size, int parameters) {

    /** Reads and checks everything but the stack; #GP or #NP. */
    static CallGate read(Processor cpu, int gateSelector, long gate) {
        checkGate(cpu, gateSelector, gate);
        int selector = Descriptors.gateSelector(gate);
        if (Descriptors.isNull(selector)) {
            throw cpu.fault(Vector.GP, 0);
        }
        boolean wide = Descriptors.type(gate) == Descriptors.CALL_GATE;
        long offset = wide ? Descriptors.gateOffset(gate) : gate & 0xFFFF;
        if (cpu.longMode()) {
            offset |= upper(cpu, gateSelector) << 32;
        }
        long code = readCode(cpu, selector);
        SegmentLoader.checkTarget(cpu, code, offset, 0);
        int size = cpu.longMode() ? 8 : wide ? 4 : 2;
        return new CallGate(selector, code, offset, size, (int) (gate >>> 32) & 31);
    }

    /** Whether it leads to a more privileged level, on another stack. */
    boolean inward(Processor cpu) {
        return !Descriptors.isConforming(code) && Descriptors.dpl(code) < cpu.cpl;
    }

    private static void checkGate(Processor cpu, int selector, long gate) {
        int type = Descriptors.type(gate);
        boolean known = type == Descriptors.CALL_GATE || type == Descriptors.CALL_GATE_16 && !cpu.longMode();
        if (!known || Descriptors.dpl(gate) < Math.max(cpu.cpl, selector & 3)) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector));
        }
        if (!Descriptors.present(gate)) {
            throw cpu.fault(Vector.NP, Descriptors.errorCode(selector));
        }
    }

    private static long upper(Processor cpu, int selector) {
        long upper = Descriptors.readUpper(cpu, selector, Vector.GP, 0);
        if ((upper >>> 40 & 0x1F) != 0) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector));
        }
        return upper;
    }

    private static long readCode(Processor cpu, int selector) {
        long code = Descriptors.read(cpu, selector, Vector.GP, 0);
        boolean size = !cpu.longMode()
                || Descriptors.isLong(code) && (Descriptors.attributes(code) & Segment.BIG) == 0;
        if (!Descriptors.isCode(code) || Descriptors.dpl(code) > cpu.cpl || !size) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector));
        }
        if (!Descriptors.present(code)) {
            throw cpu.fault(Vector.NP, Descriptors.errorCode(selector));
        }
        return code;
    }
}
