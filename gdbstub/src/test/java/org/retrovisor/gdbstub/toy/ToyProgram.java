package org.retrovisor.gdbstub.toy;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What the toy machine's two processors execute: real x86-64 encodings, so that gdb can disassemble them, with their meaning
 * beside. Processor 0 adds 10 + 9 + ... + 1 into the variable "total" and then halts; processor 1 counts in rbx.
 */
final class ToyProgram {
    static final long CODE = 0xffffffff81001000L;
    static final long LOOP = CODE + 0x0e;
    static final long STORE = CODE + 0x11;
    static final long LOAD = CODE + 0x19;
    static final long DONE = CODE + 0x26;
    static final long HALT = CODE + 0x2e;
    static final long OTHER = CODE + 0x800;
    static final long TOTAL = 0xffffffff81002000L;
    static final long LIMIT = TOTAL + 8;

    record Instruction(int length, Consumer<ToyState> meaning) {}

    private final byte[] page = new byte[4096];
    private final Map<Long, Instruction> instructions = new LinkedHashMap<>();

    ToyProgram() {
        put(CODE, "48c7c000000000", state -> state.set("rax", 0));
        put(CODE + 0x07, "48c7c10a000000", state -> state.set("rcx", 10));
        put(LOOP, "4801c8", state -> state.set("rax", state.get("rax") + state.get("rcx")));
        put(STORE, "4889042500200081", state -> state.store(TOTAL, state.get("rax")));
        put(LOAD, "488b142508200081", state -> state.set("rdx", state.load(LIMIT)));
        put(CODE + 0x21, "48ffc9", state -> state.set("rcx", state.get("rcx") - 1));
        put(CODE + 0x24, "75e8", state -> state.set("rip", state.get("rcx") != 0 ? LOOP : DONE));
        put(DONE, "48890c2508200081", state -> state.store(LIMIT, state.get("rcx")));
        put(HALT, "f4", state -> state.set("rip", HALT));
        put(OTHER, "48ffc3", state -> state.set("rbx", state.get("rbx") + 1));
        put(OTHER + 3, "ebfb", state -> state.set("rip", OTHER));
    }

    /** The page of code, as it is in memory from {@link #CODE} on. */
    byte[] page() {
        return page;
    }

    Instruction at(long address) {
        return instructions.get(address);
    }

    private void put(long address, String hex, Consumer<ToyState> meaning) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        System.arraycopy(bytes, 0, page, (int) (address - CODE), bytes.length);
        instructions.put(address, new Instruction(bytes.length, meaning));
    }
}
