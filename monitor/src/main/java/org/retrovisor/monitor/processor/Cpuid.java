package org.retrovisor.monitor.processor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.retrovisor.monitor.isa.Feature;

/**
 * What CPUID says: a {@link CpuModel}, the same on every host.
 *
 * <p>An Intel processor of family 6 with a model number that no real one has, so that no guest applies the work-arounds
 * or the tuning of another. A new answer is a new model: traces name theirs.
 */
public final class Cpuid {
    /** The name of the default processor model, as traces store it. */
    public static final String MODEL = "retrovisor-v2";
    /** What the timestamp counter and the timer of the local APIC count in a second. */
    public static final int TIMESTAMP_HERTZ = 1_000_000_000;

    private static final int HIGHEST = 0x16;
    private static final int HIGHEST_EXTENDED = 0x8000_0008;
    private static final int HYPERVISOR = 0x4000_0000;
    /** Family 6, model A0h, stepping 1. */
    static final int SIGNATURE = 0xA_0601;

    /** Bytes of an XSAVE area with x87 and SSE, and of the upper halves of YMM behind it. */
    private static final int LEGACY_STATE = 576;

    private static final int UPPER_HALVES = 256;
    private static final int OSXSAVE = 1 << 27;
    private static final int HTT = 1 << 28;

    private static final int FEATURES_ECX = bits(
            0, // SSE3
            9, // SSSE3
            13, // CMPXCHG16B
            19, // SSE4.1
            20, // SSE4.2
            22, // MOVBE
            23, // POPCNT
            24, // TSC deadline
            26, // XSAVE
            30, // RDRAND
            31); // a hypervisor is present

    private static final int FEATURES_EDX = bits(
            0, // FPU
            2, // DE
            3, // PSE
            4, // TSC
            5, // MSR
            6, // PAE
            7, // MCE
            8, // CMPXCHG8B
            9, // APIC
            11, // SYSENTER
            12, // MTRR
            13, // PGE
            14, // MCA
            15, // CMOV
            16, // PAT
            17, // PSE-36
            19, // CLFLUSH
            23, // MMX
            24, // FXSR
            25, // SSE
            26); // SSE2

    private static final int EXTENDED_FEATURES_EBX = bits(
            0, // FSGSBASE
            1, // TSC_ADJUST
            7, // SMEP
            18, // RDSEED
            20); // SMAP

    private static final int EXTENDED_FEATURES_ECX = bits(2); // UMIP

    private static final int EXTENDED_FEATURES_EDX = bits(
            26, // IBRS and IBPB
            27, // STIBP
            29, // ARCH_CAPABILITIES
            31); // SSBD

    private static final int SPECULATION_FEATURES_EDX = bits(
            4, // BHI_CTRL: Linux believes no BHI_NO, and would clear the branch history at each system call
            5); // MCDT_NO

    private static final int LONG_FEATURES_ECX = bits(
            0, // LAHF and SAHF in 64-bit mode
            8); // PREFETCHW

    private static final int LONG_FEATURES_EDX = bits(
            11, // SYSCALL
            20, // NX
            26, // pages of 1 GiB
            27, // RDTSCP
            29); // long mode

    private static final int[] VENDOR = words("GenuineIntel", 12);
    private static final int[] HYPERVISOR_VENDOR = words("Retrovisor  ", 12);
    private static final int BRAND_BYTES = 48;

    /** Type and level in EAX; line 64, ways in EBX; sets in ECX: 32 KiB, 32 KiB, 1 MiB, 8 MiB. */
    private static final int[][] CACHES = {
        {0x0000_0121, 0x01C0_003F, 63, 0},
        {0x0000_0122, 0x01C0_003F, 63, 0},
        {0x0000_0143, 0x03C0_003F, 1023, 0},
        {0x0000_0163, 0x03C0_003F, 8191, 0},
    };

    private final Processor cpu;

    private Cpuid(Processor cpu) {
        this.cpu = cpu;
    }

    /** Executes CPUID: EAX and ECX in, EAX to EDX out. */
    public static void execute(Processor cpu) {
        int[] answer = new Cpuid(cpu).leaf(cpu.get32(Processor.RAX), cpu.get32(Processor.RCX));
        cpu.set32(Processor.RAX, answer[0]);
        cpu.set32(Processor.RBX, answer[1]);
        cpu.set32(Processor.RCX, answer[2]);
        cpu.set32(Processor.RDX, answer[3]);
    }

    /** EAX, EBX, ECX and EDX of a leaf; zeros for leaves that do not exist. */
    private int[] leaf(int leaf, int subleaf) {
        return switch (leaf) {
            case 0 -> registers(HIGHEST, VENDOR[0], VENDOR[2], VENDOR[1]);
            case 1 -> features();
            case 2 -> registers(0xFF01, 0, 0, 0); // see leaf 4
            case 4 -> cache(subleaf);
            case 6 -> registers(4, 0, 0, 0); // the timer of the APIC always runs
            case 7 -> extendedFeatures(subleaf);
            case 0xB -> topology(subleaf);
            case 0xD -> savedState(subleaf);
            case 0x15 -> registers(1, 1, TIMESTAMP_HERTZ, 0);
            case 0x16 -> registers(1000, 1000, 100, 0);
            case HYPERVISOR -> registers(HYPERVISOR, HYPERVISOR_VENDOR[0], HYPERVISOR_VENDOR[1], HYPERVISOR_VENDOR[2]);
            default -> extendedLeaf(leaf);
        };
    }

    private int[] extendedLeaf(int leaf) {
        return switch (leaf) {
            case 0x8000_0000 -> registers(HIGHEST_EXTENDED, 0, 0, 0);
            case 0x8000_0001 -> registers(0, 0, LONG_FEATURES_ECX | extra(0x8000_0001, 'c'), LONG_FEATURES_EDX);
            case 0x8000_0002, 0x8000_0003, 0x8000_0004 -> brand(leaf - 0x8000_0002);
            case 0x8000_0006 -> registers(0, 0, 0x0400_8040, 0); // second-level cache: 1 MiB, 16 ways
            case 0x8000_0007 -> registers(0, 0, 0, 1 << 8); // invariant TSC
            case 0x8000_0008 -> registers(48 << 8 | PageWalker.PHYSICAL_BITS, 0, 0, 0);
            default -> registers(0, 0, 0, 0);
        };
    }

    private int[] features() {
        int count = cpu.machine().processorCount();
        int osxsave = (cpu.cr4 & Control.CR4_OSXSAVE) != 0 ? OSXSAVE : 0;
        int ebx = cpu.index() << 24 | count << 16 | 8 << 8; // CLFLUSH line: 8 times 8 bytes
        return registers(SIGNATURE, ebx, FEATURES_ECX | extra(1, 'c') | osxsave, FEATURES_EDX | (count > 1 ? HTT : 0));
    }

    /** What the model's features add to a register. */
    private int extra(int leaf, char register) {
        int bits = 0;
        for (Feature feature : model().features()) {
            bits |= feature.bitIn(leaf, register);
        }
        return bits;
    }

    private CpuModel model() {
        return cpu.machine().model();
    }

    private int[] extendedFeatures(int subleaf) {
        return switch (subleaf) {
            case 0 -> registers(2, EXTENDED_FEATURES_EBX | extra(7, 'b'), EXTENDED_FEATURES_ECX, EXTENDED_FEATURES_EDX);
            case 2 -> registers(0, 0, 0, SPECULATION_FEATURES_EDX);
            default -> registers(0, 0, 0, 0);
        };
    }

    /** Leaf D: components of XSAVE and their sizes, then each component's size and place. */
    private int[] savedState(int subleaf) {
        boolean upper = model().has(Feature.AVX);
        int enabled = (cpu.xcr0 & 4) != 0 ? LEGACY_STATE + UPPER_HALVES : LEGACY_STATE;
        return switch (subleaf) {
            case 0 -> registers((int) model().stateComponents(), enabled,
                    upper ? LEGACY_STATE + UPPER_HALVES : LEGACY_STATE, 0);
            case 2 -> upper ? registers(UPPER_HALVES, LEGACY_STATE, 0, 0) : registers(0, 0, 0, 0);
            default -> registers(0, 0, 0, 0);
        };
    }

    private int[] cache(int subleaf) {
        if (subleaf < 0 || subleaf >= CACHES.length) {
            return registers(0, 0, 0, 0);
        }
        int[] cache = CACHES[subleaf];
        int others = (1 << idBits()) - 1;
        int sharing = subleaf == CACHES.length - 1 ? others : 0;
        return registers(cache[0] | others << 26 | sharing << 14, cache[1], cache[2], cache[3]);
    }

    /** Every processor is a core with one thread. */
    private int[] topology(int subleaf) {
        return switch (subleaf) {
            case 0 -> registers(0, 1, 0x100, cpu.index());
            case 1 -> registers(idBits(), cpu.machine().processorCount(), 0x201, cpu.index());
            default -> registers(0, 0, subleaf & 0xFF, cpu.index());
        };
    }

    /** How many bits of the APIC number tell processors apart. */
    private int idBits() {
        return 32 - Integer.numberOfLeadingZeros(cpu.machine().processorCount() - 1);
    }

    private int[] brand(int part) {
        int[] brand = words("Retrovisor " + model().option() + " Processor", BRAND_BYTES);
        return registers(brand[4 * part], brand[4 * part + 1], brand[4 * part + 2], brand[4 * part + 3]);
    }

    private static int[] registers(int eax, int ebx, int ecx, int edx) {
        return new int[]{eax, ebx, ecx, edx};
    }

    private static int bits(int... numbers) {
        int result = 0;
        for (int number : numbers) {
            result |= 1 << number;
        }
        return result;
    }

    private static int[] words(String text, int bytes) {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(text.getBytes(StandardCharsets.US_ASCII)).rewind();
        int[] words = new int[bytes / 4];
        buffer.asIntBuffer().get(words);
        return words;
    }
}
