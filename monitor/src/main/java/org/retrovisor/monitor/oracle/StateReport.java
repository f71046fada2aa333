package org.retrovisor.monitor.oracle;

import java.util.Arrays;

/** States and their differences in words. */
final class StateReport {
    private static final String[] NAMES = {"RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI", "R8", "R9", "R10",
        "R11", "R12", "R13", "R14", "R15"};

    private StateReport() {}

    /** What differs between host and interpreter, one line each, with the state before; empty when nothing does. */
    static String differences(
            CpuState before, CpuState host, CpuState guest, int undefinedFlags, X87Tolerance tolerance) {
        StringBuilder out = new StringBuilder();
        if (host.rip != guest.rip) {
            line(out, "RIP", before.rip, host.rip, guest.rip);
        }
        if (((host.flags ^ guest.flags) & ~undefinedFlags) != 0) {
            line(out, "flags", before.flags, host.flags & ~undefinedFlags, guest.flags & ~undefinedFlags);
        }
        longs(out, NAMES, before.gpr, host.gpr, guest.gpr);
        longs(out, vectorNames("XMM"), before.xmm, host.xmm, guest.xmm);
        longs(out, vectorNames("upper YMM"), before.ymm, host.ymm, guest.ymm);
        if (host.mxcsr != guest.mxcsr) {
            line(out, "MXCSR", before.mxcsr, host.mxcsr, guest.mxcsr);
        }
        x87(out, before, host, guest, tolerance);
        bytes(out, "data", before.data, host.data, guest.data);
        bytes(out, "stack", before.stack, host.stack, guest.stack);
        return out.isEmpty() ? "" : out + of(before);
    }

    /** A fault that only the host raises, in words, with the state before. */
    static String ofHostOnly(Fault fault, CpuState before) {
        return "a fault on the host only: %s%n".formatted(fault) + of(before);
    }

    /** A state in full, but for memory. */
    static String of(CpuState state) {
        StringBuilder out = new StringBuilder("  state before:");
        for (int i = 0; i < 16; i++) {
            out.append(i % 4 == 0 ? "\n   " : "").append(" %s=%x".formatted(NAMES[i], state.gpr[i]));
        }
        out.append("%n    flags=%x mxcsr=%x xmm=".formatted(state.flags, state.mxcsr));
        for (long half : state.xmm) {
            out.append("%x,".formatted(half));
        }
        out.append(" upper=");
        for (long half : state.ymm) {
            out.append("%x,".formatted(half));
        }
        if (state.abridgedTag != 0) {
            out.append(" x87 %x %x %x ".formatted(state.x87Control, state.x87Status, state.abridgedTag));
            for (int p = 0; p < 8; p++) {
                out.append("%x:%x,".formatted(state.exponents[p], state.mmx[p]));
            }
        }
        return out.toString();
    }

    private static void x87(
            StringBuilder out, CpuState before, CpuState host, CpuState guest, X87Tolerance tolerance) {
        if (host.abridgedTag != guest.abridgedTag) {
            line(out, "x87 tags", before.abridgedTag, host.abridgedTag, guest.abridgedTag);
        }
        if (host.x87Control != guest.x87Control) {
            line(out, "x87 control", before.x87Control, host.x87Control, guest.x87Control);
        }
        if (((host.x87Status ^ guest.x87Status) & tolerance.statusMask()) != 0) {
            line(out, "x87 status", before.x87Status, host.x87Status, guest.x87Status);
        }
        for (int p = 0; p < 8; p++) {
            if (!tolerance.accepts(host.mmx[p], host.exponents[p], guest.mmx[p], guest.exponents[p])) {
                line(out, "x87 " + p, before.mmx[p], host.mmx[p], guest.mmx[p]);
                line(out, "x87 " + p + " exp", before.exponents[p], host.exponents[p], guest.exponents[p]);
            }
        }
    }

    private static String[] vectorNames(String prefix) {
        String[] names = new String[32];
        Arrays.setAll(names, i -> prefix + i / 2 + (i % 2 == 0 ? " low" : " high"));
        return names;
    }

    private static void longs(StringBuilder out, String[] names, long[] before, long[] host, long[] guest) {
        for (int i = 0; i < host.length; i++) {
            if (host[i] != guest[i]) {
                line(out, names[i], before[i], host[i], guest[i]);
            }
        }
    }

    private static void bytes(StringBuilder out, String name, byte[] before, byte[] host, byte[] guest) {
        int shown = 0;
        for (int at = Arrays.mismatch(host, guest); at >= 0 && at < host.length && shown < 16; at++) {
            if (host[at] != guest[at]) {
                line(out, name + "[" + at + "]", before[at] & 0xFF, host[at] & 0xFF, guest[at] & 0xFF);
                shown++;
            }
        }
    }

    private static void line(StringBuilder out, String name, long before, long host, long guest) {
        out.append("  %-12s before %16x  host %16x  interpreter %16x%n".formatted(name, before, host, guest));
    }
}
