package org.retrovisor.monitor.oracle;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A few instructions, one behind the other, with nothing but a landing behind them.
 *
 * @param address the linear address of the first one
 * @param instructions what is executed, but for what conditional jumps skip
 */
record Sequence(long address, List<Encoding> instructions) {
    static final int MOST_BYTES = 120;

    /** The address behind it. */
    long end() {
        return instructions.isEmpty() ? address : instructions.getLast().next();
    }

    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        instructions.forEach(encoding -> out.writeBytes(encoding.bytes()));
        return out.toByteArray();
    }

    /** The same with one more. */
    Sequence with(Encoding last) {
        List<Encoding> longer = new ArrayList<>(instructions);
        longer.add(last);
        return new Sequence(address, longer);
    }

    /** The same with other bytes for the last one, which are the same instruction in another form. */
    Sequence withLast(byte[] bytes) {
        List<Encoding> others = new ArrayList<>(instructions);
        Encoding last = others.removeLast();
        others.add(new Encoding(bytes, last.instruction(), last.address()));
        return new Sequence(address, others);
    }

    /** The instruction at an address. */
    Encoding at(long rip) {
        for (Encoding encoding : instructions) {
            if (encoding.address() == rip) {
                return encoding;
            }
        }
        throw new IllegalStateException("no instruction of the sequence is at " + Long.toHexString(rip));
    }

    @Override
    public String toString() {
        return instructions.stream().map(Encoding::toString).collect(Collectors.joining("\n    ", "    ", ""));
    }
}
