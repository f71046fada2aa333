package org.retrovisor.gdbstub.replayed;

import java.util.Arrays;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.processor.Processor;

/** Reads a guest's memory without leaving a trace in it: no accessed bits, no device registers. */
final class GuestMemoryView {
    private GuestMemoryView() {}

    /** As many bytes as are mapped to RAM without a gap; TargetError when not even the first is. */
    static byte[] linear(Processor cpu, long address, int length) {
        byte[] bytes = new byte[length];
        int done = 0;
        while (done < length) {
            long at = address + done;
            long physical = cpu.mmu.peek(at);
            int chunk = Math.min(length - done, GuestMemory.PAGE - (int) (at & GuestMemory.PAGE - 1));
            if (physical == -1 || !read(cpu.machine().memory(), physical, bytes, done, chunk)) {
                break;
            }
            done += chunk;
        }
        if (done == 0) {
            throw new TargetError("no memory is mapped at 0x" + Long.toHexString(address));
        }
        return done == length ? bytes : Arrays.copyOf(bytes, done);
    }

    /** As many bytes as are RAM; TargetError when not even the first is. */
    static byte[] physical(GuestMemory memory, long address, int length) {
        byte[] bytes = new byte[length];
        int done = 0;
        while (done < length) {
            long at = address + done;
            int chunk = Math.min(length - done, GuestMemory.PAGE - (int) (at & GuestMemory.PAGE - 1));
            if (!read(memory, at, bytes, done, chunk)) {
                break;
            }
            done += chunk;
        }
        if (done == 0) {
            throw new TargetError("there is no RAM at physical address 0x" + Long.toHexString(address));
        }
        return done == length ? bytes : Arrays.copyOf(bytes, done);
    }

    private static boolean read(GuestMemory memory, long physical, byte[] to, int offset, int length) {
        if (memory.frameAt(physical) < 0) {
            return false; // a device's registers: reading them may not be without effect
        }
        memory.read(physical, to, offset, length);
        return true;
    }
}
