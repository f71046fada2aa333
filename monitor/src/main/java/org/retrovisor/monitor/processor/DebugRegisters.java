package org.retrovisor.monitor.processor;

/**
 * DR0 to DR7 as MOV sees them (AMD APM volume 2, section 13.1).
 *
 * <p>What they do is in {@link HardwareBreakpoints}.
 */
public final class DebugRegisters {
    private static final long DR6_FIXED = 0xFFFF_0FF0L;
    private static final long DR6_WRITABLE = 0xE00F;
    private static final long DR6_BD = 1 << 13;
    private static final long DR7_FIXED = 0x400;
    private static final long DR7_WRITABLE = 0xFFFF_23FFL;
    /** General detect: MOV of debug registers raises #DB. */
    static final long DR7_GD = 1 << 13;

    private DebugRegisters() {}

    /** MOV from DRn; {@code number} is 0 to 15. */
    public static long read(Processor cpu, int number) {
        return cpu.dr[checked(cpu, number)];
    }

    /** MOV to DRn; #GP(0) for upper bits in DR6 and DR7. */
    public static void write(Processor cpu, int number, long value) {
        int register = checked(cpu, number);
        if (register >= 6 && value >>> 32 != 0) {
            throw cpu.fault(Vector.GP, 0);
        }
        cpu.dr[register] = switch (register) {
            case 6 -> value & DR6_WRITABLE | DR6_FIXED;
            case 7 -> value & DR7_WRITABLE | DR7_FIXED;
            default -> value;
        };
        cpu.breakpoints.update();
    }

    /** Whether DR6 and DR7 hold what the writes above can make of them. */
    static boolean consistent(Processor cpu) {
        return (cpu.dr[6] & ~(DR6_WRITABLE | DR6_FIXED)) == 0
                && (cpu.dr[6] & DR6_FIXED) == DR6_FIXED
                && (cpu.dr[7] & ~(DR7_WRITABLE | DR7_FIXED)) == 0
                && (cpu.dr[7] & DR7_FIXED) == DR7_FIXED;
    }

    /** DR4 and DR5 are DR6 and DR7, or undefined when CR4.DE says so; then general detect. */
    private static int checked(Processor cpu, int number) {
        boolean alias = number == 4 || number == 5;
        if (number > 7 || alias && (cpu.cr4 & Control.CR4_DE) != 0) {
            throw cpu.fault(Vector.UD);
        }
        if ((cpu.dr[7] & DR7_GD) != 0) {
            cpu.dr[6] |= DR6_BD;
            throw cpu.fault(Vector.DB);
        }
        return alias ? number + 2 : number;
    }
}
