package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * The 8254 programmable interval timer of a PC: channel 0 drives an interrupt line, channel 2's gate and output belong
 * to {@link SystemControlPort}.
 */
final class Pit8254 implements Device {
    /** The input clock of a PC: 14.31818 MHz / 12. */
    static final long HERTZ = 1_193_182;

    private static final int CONTROL = 3;
    private static final int READ_BACK = 3;
    private static final int READ_BACK_NO_COUNT = 0x20;
    private static final int READ_BACK_NO_STATUS = 0x10;
    private static final int LATCH = 0;

    private final Oscillator clock = new Oscillator(HERTZ);
    private final PitChannel[] channels = {new PitChannel(true), new PitChannel(true), new PitChannel(false)};
    private final InterruptLine interrupt;
    /** The tick up to which channel 0's output has been passed on. */
    private long done;

    /** @param interrupt what channel 0's output drives */
    Pit8254(InterruptLine interrupt) {
        this.interrupt = interrupt;
    }

    @Override
    public long read(long offset, int size, long now) {
        if (offset == CONTROL) {
            return 0xFF; // the control word register cannot be read
        }
        advance(now);
        return channels[(int) offset].read(clock.ticksAt(now));
    }

    @Override
    public void write(long offset, int size, long value, long now) {
        advance(now);
        long tick = clock.ticksAt(now);
        if (offset == CONTROL) {
            control((int) value, tick);
        } else {
            channels[(int) offset].write((int) value, tick);
        }
        interrupt.level(channels[0].output(tick));
    }

    private void control(int word, long tick) {
        int select = word >> 6 & 3;
        int access = word >> 4 & 3;
        if (select == READ_BACK) {
            readBack(word, tick);
        } else if (access == LATCH) {
            channels[select].latchCount(tick);
        } else {
            channels[select].control(access, word >> 1 & 7, (word & 1) != 0);
        }
    }

    private void readBack(int word, long tick) {
        for (int channel = 0; channel < channels.length; channel++) {
            if ((word & 2 << channel) == 0) {
                continue;
            }
            if ((word & READ_BACK_NO_COUNT) == 0) {
                channels[channel].latchCount(tick);
            }
            if ((word & READ_BACK_NO_STATUS) == 0) {
                channels[channel].latchStatus(tick);
            }
        }
    }

    /** Channel 2's gate, which is bit 0 of port 0x61. */
    void speakerGate(boolean high, long now) {
        advance(now);
        channels[2].gate(high, clock.ticksAt(now));
    }

    boolean speakerGate() {
        return channels[2].gate();
    }

    /** Channel 2's output, which is bit 5 of port 0x61. */
    boolean speakerOutput(long now) {
        advance(now);
        return channels[2].output(clock.ticksAt(now));
    }

    @Override
    public long deadline() {
        return clock.timeOf(channels[0].nextRise(done));
    }

    @Override
    public void advance(long now) {
        long tick = clock.ticksAt(now);
        // Several periods may have passed; a line has no memory for more than one edge.
        if (channels[0].nextRise(done) <= tick) {
            interrupt.level(false);
            interrupt.level(true);
        }
        done = tick;
        for (PitChannel channel : channels) {
            channel.settle(tick);
        }
    }

    @Override
    public void save(DataOutput out) throws IOException {
        out.writeLong(done);
        for (PitChannel channel : channels) {
            channel.save(out);
        }
    }

    @Override
    public void restore(DataInput in) throws IOException {
        done = in.readLong();
        for (PitChannel channel : channels) {
            channel.restore(in);
        }
    }
}
