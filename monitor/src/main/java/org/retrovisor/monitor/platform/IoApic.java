package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * The 82093AA I/O APIC with 24 inputs, version 20H (with an EOI register).
 *
 * <p>The window has an index register, a data window and the EOI register; a redirection entry is 64 bits: vector,
 * delivery mode, destination mode, polarity, remote IRR, trigger mode, mask and destination.
 */
final class IoApic implements Device {
    static final int INPUTS = 24;

    static final int SELECT = 0x00;
    static final int WINDOW = 0x10;
    static final int END_OF_INTERRUPT = 0x40;

    private static final int REGISTER_ID = 0;
    private static final int REGISTER_VERSION = 1;
    private static final int REGISTER_ARBITRATION = 2;
    private static final int REGISTER_REDIRECTION = 0x10;

    private static final long VERSION_VALUE = 0x20 | (INPUTS - 1) << 16;

    private static final long LOGICAL = 1 << 11;
    private static final long REMOTE_IRR = 1 << 14;
    private static final long LEVEL = 1 << 15;
    private static final long MASKED = 1 << 16;
    /** All bits but delivery status and remote IRR, which the APIC itself keeps. */
    private static final long WRITABLE = 0xFF00_0000_0001_AFFFL;

    private final ApicBus bus;
    private final long[] redirection = new long[INPUTS];
    private int lines;
    private int select;
    private int id;

    IoApic(ApicBus bus) {
        this.bus = bus;
        Arrays.fill(redirection, MASKED);
    }

    /** Drives input {@code input}, 0 to 23. */
    void line(int input, boolean asserted) {
        boolean rises = asserted && (lines >> input & 1) == 0;
        lines = asserted ? lines | 1 << input : lines & ~(1 << input);
        if (isLevel(input) ? asserted : rises) {
            deliver(input);
        }
    }

    /** A processor has ended the level triggered interrupt {@code vector}; a line that is still asserted asks again. */
    void endOfInterrupt(int vector) {
        for (int input = 0; input < INPUTS; input++) {
            if ((redirection[input] & 0xFF) == vector && (redirection[input] & REMOTE_IRR) != 0) {
                redirection[input] &= ~REMOTE_IRR;
                deliverIfAsserted(input);
            }
        }
    }

    private void deliverIfAsserted(int input) {
        if (isLevel(input) && (lines >> input & 1) != 0) {
            deliver(input);
        }
    }

    private void deliver(int input) {
        long entry = redirection[input];
        if ((entry & (MASKED | REMOTE_IRR)) != 0) {
            return;
        }
        boolean level = isLevel(input);
        int destination = (int) (entry >>> 56);
        var message = new InterruptMessage(destination, (entry & LOGICAL) != 0, (int) entry >> 8 & 7,
                (int) entry & 0xFF, level);
        if (bus.deliver(message) && level) {
            redirection[input] |= REMOTE_IRR;
        }
    }

    private boolean isLevel(int input) {
        return (redirection[input] & LEVEL) != 0;
    }

    @Override
    public long read(long offset, int size, long now) {
        return switch ((int) offset) {
            case SELECT -> select;
            case WINDOW -> register();
            default -> 0;
        };
    }

    private long register() {
        int entry = (select - REGISTER_REDIRECTION) >> 1;
        if (select >= REGISTER_REDIRECTION && entry < INPUTS) {
            return (select & 1) == 0 ? redirection[entry] & 0xFFFF_FFFFL : redirection[entry] >>> 32;
        }
        return switch (select) {
            case REGISTER_ID, REGISTER_ARBITRATION -> (long) id << 24;
            case REGISTER_VERSION -> VERSION_VALUE;
            default -> 0;
        };
    }

    @Override
    public void write(long offset, int size, long value, long now) {
        switch ((int) offset) {
            case SELECT -> select = (int) value & 0xFF;
            case WINDOW -> writeRegister(value & 0xFFFF_FFFFL);
            case END_OF_INTERRUPT -> endOfInterrupt((int) value & 0xFF);
            default -> {} // reserved
        }
    }

    private void writeRegister(long value) {
        int entry = (select - REGISTER_REDIRECTION) >> 1;
        if (select == REGISTER_ID) {
            id = (int) (value >> 24) & 0xF;
        } else if (select >= REGISTER_REDIRECTION && entry < INPUTS) {
            long old = redirection[entry];
            long half = (select & 1) == 0 ? 0xFFFF_FFFFL : 0xFFFF_FFFF_0000_0000L;
            long merged = old & ~half | ((select & 1) == 0 ? value : value << 32);
            redirect(entry, merged & WRITABLE | old & REMOTE_IRR);
        }
    }

    private void redirect(int input, long entry) {
        // An edge triggered entry has no remote IRR; switching to edge and back is how old kernels clear it.
        redirection[input] = (entry & LEVEL) == 0 ? entry & ~REMOTE_IRR : entry;
        deliverIfAsserted(input);
    }

    @Override
    public void save(DataOutput out) throws IOException {
        out.writeInt(lines);
        out.writeByte(select);
        out.writeByte(id);
        for (long entry : redirection) {
            out.writeLong(entry);
        }
    }

    @Override
    public void restore(DataInput in) throws IOException {
        lines = in.readInt();
        select = in.readUnsignedByte();
        id = in.readUnsignedByte() & 0xF;
        for (int input = 0; input < INPUTS; input++) {
            redirection[input] = in.readLong();
        }
    }
}
