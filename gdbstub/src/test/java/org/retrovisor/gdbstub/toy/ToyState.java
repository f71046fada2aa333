package org.retrovisor.gdbstub.toy;

import java.util.HashMap;
import java.util.Map;

/** The toy machine between two instructions, with what the last one did to memory. */
final class ToyState {
    /** An access to memory, always of 8 bytes. */
    record Access(long address, boolean write) {}

    final Map<Integer, Map<String, Long>> processors = new HashMap<>();
    final Map<Long, Long> memory = new HashMap<>();
    /** Which processor executes the next instruction. */
    int owner;

    Access lastAccess;

    ToyState() {
        processors.put(0, new HashMap<>(Map.of("rip", ToyProgram.CODE, "eflags", 0x202L, "rsp", 0xffffffff81003000L)));
        processors.put(1, new HashMap<>(Map.of("rip", ToyProgram.OTHER, "eflags", 0x202L)));
        memory.put(ToyProgram.TOTAL, 0L);
        memory.put(ToyProgram.LIMIT, 7L);
    }

    /** The state after the next instruction; who executes then alternates between 7 and 2 instructions. */
    ToyState next(ToyProgram program, int moment) {
        ToyState after = copy();
        ToyProgram.Instruction instruction = program.at(get("rip"));
        after.set("rip", get("rip") + instruction.length());
        instruction.meaning().accept(after);
        after.owner = (moment + 1) % 9 < 7 ? 0 : 1;
        return after;
    }

    private ToyState copy() {
        ToyState copy = new ToyState();
        processors.forEach((index, registers) -> copy.processors.put(index, new HashMap<>(registers)));
        copy.memory.putAll(memory);
        copy.owner = owner;
        return copy;
    }

    long get(String register) {
        return processors.get(owner).getOrDefault(register, 0L);
    }

    void set(String register, long value) {
        processors.get(owner).put(register, value);
    }

    void store(long address, long value) {
        memory.put(address, value);
        lastAccess = new Access(address, true);
    }

    long load(long address) {
        lastAccess = new Access(address, false);
        return memory.get(address);
    }
}
