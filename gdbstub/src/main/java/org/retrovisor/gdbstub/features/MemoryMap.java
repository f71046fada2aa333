package org.retrovisor.gdbstub.features;

/**
 * The memory map that gdb asks for with qXfer:memory-map. Every virtual address may be RAM: what is mapped changes from moment
 * to moment, so the map must not make gdb refuse an address by itself.
 */
public final class MemoryMap {
    /** Two halves, for a length of 2^64 does not fit gdb's number; the end of the second wraps to 0, which gdb reads as "no end". */
    public static final String XML = """
            <?xml version="1.0"?>
            <!DOCTYPE memory-map PUBLIC "+//IDN gnu.org//DTD GDB Memory Map V1.0//EN" \
            "http://sourceware.org/gdb/gdb-memory-map.dtd">
            <memory-map>
            <memory type="ram" start="0x0" length="0x8000000000000000"/>
            <memory type="ram" start="0x8000000000000000" length="0x8000000000000000"/>
            </memory-map>
            """;

    private MemoryMap() {}
}
