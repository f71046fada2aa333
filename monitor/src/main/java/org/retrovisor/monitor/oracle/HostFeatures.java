package org.retrovisor.monitor.oracle;

import java.util.List;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Feature;

/** What the host's processor offers, by its own CPUID. */
final class HostFeatures {
    private static final int OSXSAVE = 1 << 27;
    private static final int RBX = 3;
    private static final int RSP = 4;

    private final HostProcessor host;
    private final HostPages pages;

    private HostFeatures(HostPages pages) {
        this.pages = pages;
        this.host = new HostProcessor(pages, CodeSize.BITS_64, false);
        host.define(List.of(host.slot(0, new byte[]{0x0F, (byte) 0xA2}))); // cpuid
    }

    /** Asks with code in these pages, which are defined anew afterwards. */
    static HostFeatures of(HostPages pages) {
        return new HostFeatures(pages);
    }

    boolean has(Feature feature) {
        for (int leaf : new int[]{1, 7, 0x8000_0001}) {
            CpuState answer = leaf(leaf);
            for (char register = 'a'; register <= 'd'; register++) {
                int bit = feature.bitIn(leaf, register);
                int number = register == 'b' ? 3 : register == 'a' ? 0 : register - 'b';
                if (bit != 0 && ((int) answer.gpr[number] & bit) != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether programs may use AVX: the processor has it and the operating system saves its state. */
    boolean hasUpperHalves() {
        return has(Feature.AVX) && ((int) leaf(1).gpr[1] & OSXSAVE) != 0;
    }

    HostVendor vendor() {
        return HostVendor.of((int) leaf(0).gpr[RBX]);
    }

    private CpuState leaf(int leaf) {
        CpuState state = new CpuState();
        state.rip = pages.instruction(0);
        state.gpr[0] = leaf;
        state.gpr[RSP] = StateMaker.stackWindow(pages);
        host.run(state, state);
        return state;
    }
}
