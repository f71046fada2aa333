package org.retrovisor.monitor.boot;

/**
 * Writes ACPI machine language (ACPI specification, chapter "AML Specification"): named objects, scopes, devices and
 * resource templates, as far as a description of this machine needs them.
 */
final class Aml {
    private static final int NAME = 0x08;
    private static final int SCOPE = 0x10;
    private static final int BUFFER = 0x11;
    private static final int PACKAGE = 0x12;
    private static final int EXTENDED = 0x5B;
    private static final int DEVICE = 0x82;
    private static final int DWORD = 0x0C;
    private static final int BYTE = 0x0A;

    private static final int RESOURCE_MEMORY = 0;
    private static final int RESOURCE_IO = 1;
    private static final int RESOURCE_BUS = 2;
    /** Both ends of the range are fixed. */
    private static final int RANGE_FIXED = 0x0C;

    private final LittleEndian out = new LittleEndian();

    byte[] bytes() {
        return out.bytes();
    }

    /** Name (path, Package of bytes). */
    Aml namePackage(String path, int... values) {
        var body = new LittleEndian().u8(values.length);
        for (int value : values) {
            body.u8(BYTE).u8(value);
        }
        out.u8(NAME).text(path).u8(PACKAGE).raw(lengthPrefixed(body.bytes()));
        return this;
    }

    /** Name (path, Integer). */
    Aml nameInteger(String path, long value) {
        out.u8(NAME).text(path).u8(DWORD).u32(value);
        return this;
    }

    /** Name (path, EisaId ("PNP0A03")). */
    Aml nameEisaId(String path, String id) {
        return nameInteger(path, eisaId(id));
    }

    /** Name (path, ResourceTemplate). */
    Aml nameResources(String path, LittleEndian resources) {
        // The end tag's checksum of zero means that there is none.
        byte[] template = resources.u8(0x79).u8(0).bytes();
        var body = new LittleEndian().u8(DWORD).u32(template.length).raw(template);
        out.u8(NAME).text(path).u8(BUFFER).raw(lengthPrefixed(body.bytes()));
        return this;
    }

    /** Scope (path) { inner }. */
    Aml scope(String path, Aml inner) {
        out.u8(SCOPE).raw(lengthPrefixed(new LittleEndian().text(path).raw(inner.bytes()).bytes()));
        return this;
    }

    /** Device (name) { inner }. */
    Aml device(String name, Aml inner) {
        out.u8(EXTENDED).u8(DEVICE).raw(lengthPrefixed(new LittleEndian().text(name).raw(inner.bytes()).bytes()));
        return this;
    }

    // ---- Resource descriptors ----

    /** IO: a fixed range of ports. */
    static LittleEndian ports(LittleEndian to, int base, int length) {
        return to.u8(0x47).u8(1).u16(base).u16(base).u8(1).u8(length);
    }

    /** IRQNoFlags: an edge triggered ISA interrupt. */
    static LittleEndian interrupt(LittleEndian to, int number) {
        return to.u8(0x22).u16(1 << number);
    }

    /** WordBusNumber. */
    static LittleEndian buses(LittleEndian to, int first, int last) {
        return words(to, RESOURCE_BUS, 0, first, last);
    }

    /** WordIO that a bridge passes on. */
    static LittleEndian portWindow(LittleEndian to, int first, int last) {
        return words(to, RESOURCE_IO, 3, first, last);
    }

    /** DWordMemory that a bridge passes on. */
    static LittleEndian memoryWindow(LittleEndian to, long first, long last) {
        to.u8(0x87).u16(23).u8(RESOURCE_MEMORY).u8(RANGE_FIXED).u8(1);
        return to.u32(0).u32(first).u32(last).u32(0).u32(last - first + 1);
    }

    private static LittleEndian words(LittleEndian to, int type, int typeFlags, int first, int last) {
        to.u8(0x88).u16(13).u8(type).u8(RANGE_FIXED).u8(typeFlags);
        return to.u16(0).u16(first).u16(last).u16(0).u16(last - first + 1);
    }

    // ---- Encodings ----

    /** Three letters of five bits, then four hexadecimal digits, most significant byte first. */
    static long eisaId(String id) {
        int letters = (id.charAt(0) - '@') << 10 | (id.charAt(1) - '@') << 5 | (id.charAt(2) - '@');
        int number = Integer.parseInt(id.substring(3), 16);
        return Integer.reverseBytes(letters << 16 | number) & 0xFFFF_FFFFL;
    }

    /** PkgLength, which counts its own bytes, and the body. */
    static byte[] lengthPrefixed(byte[] body) {
        var to = new LittleEndian();
        int shortest = body.length + 1;
        if (shortest < 0x40) {
            to.u8(shortest);
        } else {
            int more = body.length + 2 < 1 << 12 ? 1 : body.length + 3 < 1 << 20 ? 2 : 3;
            int length = body.length + 1 + more;
            to.u8(more << 6 | length & 0xF);
            for (int part = 0; part < more; part++) {
                to.u8(length >> (4 + 8 * part));
            }
        }
        return to.raw(body).bytes();
    }
}
