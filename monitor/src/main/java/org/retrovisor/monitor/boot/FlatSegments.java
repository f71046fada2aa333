package org.retrovisor.monitor.boot;

import java.util.List;

/**
 * The descriptor table with which kernels are entered: two flat segments over all of memory, at the selectors 10H and
 * 18H that the Linux boot protocol asks for.
 */
final class FlatSegments {
    static final int CODE = 0x10;
    static final int DATA = 0x18;
    /** The table's limit: four descriptors. */
    static final int LIMIT = 4 * 8 - 1;

    /** Present, code, readable, accessed; granular with 64-bit or 32-bit code. */
    private static final int CODE_64 = 0xA09B;

    private static final int CODE_32 = 0xC09B;
    /** Present, data, writable, accessed; granular and 32-bit. */
    private static final int DATA_32 = 0xC093;

    private static final long WHOLE = 0xFFFF_FFFFL;

    private FlatSegments() {}

    /** The table's bytes. */
    static byte[] table(BootState.Mode mode) {
        return new LittleEndian().u64(0).u64(0).u64(descriptor(code(mode))).u64(descriptor(DATA_32)).bytes();
    }

    /** ES, CS, SS, DS, FS, GS. */
    static List<BootState.Segment> registers(BootState.Mode mode) {
        var data = new BootState.Segment(DATA, 0, WHOLE, DATA_32);
        var code = new BootState.Segment(CODE, 0, WHOLE, code(mode));
        return List.of(data, code, data, data, data, data);
    }

    private static int code(BootState.Mode mode) {
        return mode == BootState.Mode.LONG_64 ? CODE_64 : CODE_32;
    }

    /** Base 0 and limit FFFFF; the attributes leave room for the limit's upper four bits. */
    private static long descriptor(int attributes) {
        return (long) (attributes | 0x0F00) << 40 | 0xFFFF;
    }
}
