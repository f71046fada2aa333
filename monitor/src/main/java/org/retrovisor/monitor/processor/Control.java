package org.retrovisor.monitor.processor;

/** Bits of the control registers, EFER and RFLAGS (AMD APM volume 2, chapter 3). */
public final class Control {
    public static final long CR0_PE = 1;
    public static final long CR0_MP = 1 << 1;
    public static final long CR0_EM = 1 << 2;
    public static final long CR0_TS = 1 << 3;
    public static final long CR0_ET = 1 << 4;
    public static final long CR0_NE = 1 << 5;
    public static final long CR0_WP = 1 << 16;
    public static final long CR0_AM = 1 << 18;
    public static final long CR0_NW = 1 << 29;
    public static final long CR0_CD = 1 << 30;
    public static final long CR0_PG = 1L << 31;

    public static final long CR4_VME = 1;
    public static final long CR4_PVI = 1 << 1;
    public static final long CR4_TSD = 1 << 2;
    public static final long CR4_DE = 1 << 3;
    public static final long CR4_PSE = 1 << 4;
    public static final long CR4_PAE = 1 << 5;
    public static final long CR4_MCE = 1 << 6;
    public static final long CR4_PGE = 1 << 7;
    public static final long CR4_PCE = 1 << 8;
    public static final long CR4_OSFXSR = 1 << 9;
    public static final long CR4_OSXMMEXCPT = 1 << 10;
    public static final long CR4_UMIP = 1 << 11;
    public static final long CR4_FSGSBASE = 1 << 16;
    public static final long CR4_PCIDE = 1 << 17;
    public static final long CR4_OSXSAVE = 1 << 18;
    public static final long CR4_SMEP = 1 << 20;
    public static final long CR4_SMAP = 1 << 21;

    public static final long EFER_SCE = 1;
    public static final long EFER_LME = 1 << 8;
    public static final long EFER_LMA = 1 << 10;
    public static final long EFER_NXE = 1 << 11;

    public static final int TF = 1 << 8;
    public static final int IF = 1 << 9;
    public static final int DF = 1 << 10;
    public static final int IOPL = 3 << 12;
    public static final int NT = 1 << 14;
    public static final int RF = 1 << 16;
    public static final int VM = 1 << 17;
    public static final int AC = 1 << 18;
    public static final int VIF = 1 << 19;
    public static final int VIP = 1 << 20;
    public static final int ID = 1 << 21;
    /** The bit of RFLAGS that always reads 1. */
    public static final int ALWAYS_ONE = 2;
    /** The bits of RFLAGS beside the status flags. */
    public static final int SYSTEM = TF | IF | DF | IOPL | NT | RF | VM | AC | VIF | VIP | ID;

    private Control() {}
}
