package org.retrovisor.monitor.x87;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The unit's state as bytes in guest memory: environment (FNSTENV), full save (FNSAVE) and the legacy area of FXSAVE and
 * XSAVE (Intel SDM volume 1, figures 8-9 to 8-12 and table 10-2).
 *
 * <pre>
 * environment  32-bit: FCW FSW FTW (4 bytes each, upper halves ones) | pointers, 16 bytes             28 bytes
 *              16-bit: FCW FSW FTW (2 bytes each) | pointers, 8 bytes                                 14 bytes
 * full save    environment, then ST0..ST7 of 10 bytes each                                           108 / 94 bytes
 * FXSAVE       0 FCW | 2 FSW | 4 abridged tag | 6 FOP | 8 FIP | 16 FDP | 24 MXCSR | 32 + 16 i  ST(i)
 * </pre>
 */
public final class X87Images {
    /** Bytes of the environment and of the full save, by operand size. */
    public static final int ENVIRONMENT_32 = 28;

    public static final int ENVIRONMENT_16 = 14;
    public static final int SAVE_32 = 108;
    public static final int SAVE_16 = 94;

    /** Shapes of the environment's pointers. */
    public enum Form {
        PROTECTED_32(4), REAL_32(4), PROTECTED_16(2), REAL_16(2);

        private final int unit;

        Form(int unit) {
            this.unit = unit;
        }

        /** Bytes of the environment. */
        public int environmentSize() {
            return 7 * unit;
        }

        /** Bytes of the full save. */
        public int saveSize() {
            return environmentSize() + 80;
        }
    }

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int REGISTERS = 10;
    private static final int FX_REGISTERS = 32;

    private X87Images() {}

    /** FNSTENV: writes {@code form.environmentSize()} bytes. The masking of exceptions that follows is the caller's. */
    public static void storeEnvironment(X87State s, Form form, byte[] to, int at) {
        int unit = form.unit;
        int[] fields = new int[7];
        fields[0] = s.control() | 0xFFFF0000;
        fields[1] = s.status() | 0xFFFF0000;
        fields[2] = s.tag() | 0xFFFF0000;
        pointers(s, form, fields);
        for (int i = 0; i < 7; i++) {
            if (unit == 4) {
                INT.set(to, at + 4 * i, fields[i]);
            } else {
                SHORT.set(to, at + 2 * i, (short) fields[i]);
            }
        }
    }

    private static void pointers(X87State s, Form form, int[] fields) {
        int ip = (int) s.instructionPointer();
        int dp = (int) s.dataPointer();
        switch (form) {
            case PROTECTED_32 -> {
                fields[3] = ip;
                fields[4] = s.codeSelector() | s.opcode() << 16;
                fields[5] = dp;
                fields[6] = s.dataSelector() | 0xFFFF0000;
            }
            case REAL_32 -> {
                fields[3] = ip & 0xFFFF | 0xFFFF0000;
                fields[4] = (ip >>> 16) << 12 | s.opcode();
                fields[5] = dp & 0xFFFF | 0xFFFF0000;
                fields[6] = (dp >>> 16) << 12;
            }
            case PROTECTED_16 -> {
                fields[3] = ip;
                fields[4] = s.codeSelector();
                fields[5] = dp;
                fields[6] = s.dataSelector();
            }
            case REAL_16 -> {
                fields[3] = ip;
                fields[4] = (ip >>> 16 & 0xF) << 12 | s.opcode();
                fields[5] = dp;
                fields[6] = (dp >>> 16 & 0xF) << 12;
            }
        }
    }

    /** FLDENV. */
    public static void loadEnvironment(X87State s, Form form, byte[] from, int at) {
        int[] fields = new int[7];
        for (int i = 0; i < 7; i++) {
            fields[i] = form.unit == 4 ? (int) INT.get(from, at + 4 * i) : (short) SHORT.get(from, at + 2 * i) & 0xFFFF;
        }
        s.setControl(fields[0] & 0xFFFF);
        s.setStatus(fields[1] & 0xFFFF);
        s.setTag(fields[2] & 0xFFFF);
        loadPointers(s, form, fields);
    }

    private static void loadPointers(X87State s, Form form, int[] f) {
        switch (form) {
            case PROTECTED_32 ->
                s.setLastInstruction(f[4] >>> 16, f[4], f[3] & 0xFFFF_FFFFL, f[6], f[5] & 0xFFFF_FFFFL);
            case REAL_32 -> s.setLastInstruction(f[4], 0, realPointer(f[3], f[4]), 0, realPointer(f[5], f[6]));
            case PROTECTED_16 -> s.setLastInstruction(s.opcode(), f[4], f[3], f[6], f[5]);
            case REAL_16 -> s.setLastInstruction(f[4], 0, realPointer(f[3], f[4]), 0, realPointer(f[5], f[6]));
        }
    }

    private static long realPointer(int low, int high) {
        return low & 0xFFFF | (high >>> 12 & 0xFFFFL) << 16;
    }

    /** FNSAVE: writes {@code form.saveSize()} bytes. The FNINIT that follows is the caller's. */
    public static void save(X87State s, Form form, byte[] to, int at) {
        storeEnvironment(s, form, to, at);
        int registers = at + form.environmentSize();
        for (int i = 0; i < 8; i++) {
            storeRegister(s, i, to, registers + REGISTERS * i);
        }
    }

    /** FRSTOR. */
    public static void restore(X87State s, Form form, byte[] from, int at) {
        loadEnvironment(s, form, from, at);
        int registers = at + form.environmentSize();
        for (int i = 0; i < 8; i++) {
            loadRegister(s, i, from, registers + REGISTERS * i);
        }
    }

    /**
     * The x87 part of FXSAVE: bytes 0 to 23 and the eight 16-byte register slots from 32 on; MXCSR and XMM are left
     * alone. {@code wide} is the form with REX.W, whose pointers are 64 bits and carry no selectors.
     */
    public static void fxsave(X87State s, boolean wide, byte[] to, int at) {
        SHORT.set(to, at, (short) s.control());
        SHORT.set(to, at + 2, (short) s.status());
        SHORT.set(to, at + 4, (short) s.abridgedTag());
        SHORT.set(to, at + 6, (short) s.opcode());
        LONG.set(to, at + 8, fxPointer(wide, s.instructionPointer(), s.codeSelector()));
        LONG.set(to, at + 16, fxPointer(wide, s.dataPointer(), s.dataSelector()));
        for (int i = 0; i < 8; i++) {
            int slot = at + FX_REGISTERS + 16 * i;
            storeRegister(s, i, to, slot);
            SHORT.set(to, slot + 10, (short) 0);
            INT.set(to, slot + 12, 0);
        }
    }

    private static long fxPointer(boolean wide, long pointer, int selector) {
        return wide ? pointer : pointer & 0xFFFF_FFFFL | (long) selector << 32;
    }

    /** The x87 part of FXRSTOR. */
    public static void fxrstor(X87State s, boolean wide, byte[] from, int at) {
        s.setControl((short) SHORT.get(from, at) & 0xFFFF);
        s.setStatus((short) SHORT.get(from, at + 2) & 0xFFFF);
        s.setAbridgedTag(from[at + 4] & 0xFF);
        int fop = (short) SHORT.get(from, at + 6);
        long ip = (long) LONG.get(from, at + 8);
        long dp = (long) LONG.get(from, at + 16);
        if (wide) {
            s.setLastInstruction(fop, 0, ip, 0, dp);
        } else {
            s.setLastInstruction(fop, (int) (ip >>> 32), ip & 0xFFFF_FFFFL, (int) (dp >>> 32), dp & 0xFFFF_FFFFL);
        }
        for (int i = 0; i < 8; i++) {
            loadRegister(s, i, from, at + FX_REGISTERS + 16 * i);
        }
    }

    private static void storeRegister(X87State s, int i, byte[] to, int at) {
        LONG.set(to, at, s.significand(i));
        SHORT.set(to, at + 8, (short) s.signExponent(i));
    }

    private static void loadRegister(X87State s, int i, byte[] from, int at) {
        s.setPhysical(s.top() + i & 7, (long) LONG.get(from, at), (short) SHORT.get(from, at + 8));
    }
}
