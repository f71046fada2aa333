package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * One counter of the 8254 (Intel 8254 datasheet, "Mode Definitions"): modes 0 to 5, binary and BCD.
 *
 * <p>Nothing is counted step by step: count and output follow from the ticks that have passed since the count was
 * loaded. Times are ticks of the 1.193182 MHz input clock.
 */
final class PitChannel {
    /** No such tick. */
    static final long NEVER = Device.NEVER;

    private static final int ACCESS_LOW = 1;
    private static final int ACCESS_HIGH = 2;
    private static final int ACCESS_BOTH = 3;

    private int mode;
    private int access = ACCESS_BOTH;
    private boolean bcd;
    private boolean gate;

    /** The count register, 1 to 65536 (10000 in BCD). */
    private int reload = 0x10000;
    /** The count of the period that is running; differs from {@link #reload} until the period ends. */
    private int running = 0x10000;
    /** A count was written since the control word. */
    private boolean loaded;
    /** The counting element counts; in modes 1 and 5 only after a trigger. */
    private boolean counting;
    /** The tick at which the running count began. */
    private long start;
    /** Ticks already counted when the gate stopped modes 0 and 4; -1 while it does not. */
    private long stoppedAfter = -1;

    private boolean highByteNext;
    private int lowByte;
    private boolean readHighNext;
    private int latchedCount = -1;
    private int latchedStatus = -1;

    PitChannel(boolean gate) {
        this.gate = gate;
    }

    /** The control word: {@code access} 1 to 3, {@code mode} 0 to 7 (6 and 7 are 2 and 3). */
    void control(int access, int mode, boolean bcd) {
        this.access = access;
        this.mode = mode > 5 ? mode - 4 : mode;
        this.bcd = bcd;
        loaded = false;
        counting = false;
        stoppedAfter = -1;
        highByteNext = false;
        readHighNext = false;
        latchedCount = -1;
        latchedStatus = -1;
    }

    /** Freezes the count until it is read. */
    void latchCount(long tick) {
        if (latchedCount < 0) {
            latchedCount = registerValue(tick);
        }
    }

    /** Freezes the status byte until it is read. */
    void latchStatus(long tick) {
        if (latchedStatus < 0) {
            int nullCount = loaded && running == reload ? 0 : 0x40;
            latchedStatus = (output(tick) ? 0x80 : 0) | nullCount | access << 4 | mode << 1 | (bcd ? 1 : 0);
        }
    }

    /** The next byte of status, latched count or count. */
    int read(long tick) {
        if (latchedStatus >= 0) {
            int status = latchedStatus;
            latchedStatus = -1;
            return status;
        }
        int value = latchedCount >= 0 ? latchedCount : registerValue(tick);
        boolean high = access == ACCESS_HIGH || (access == ACCESS_BOTH && readHighNext);
        if (access == ACCESS_BOTH) {
            readHighNext = !readHighNext;
        }
        if (access != ACCESS_BOTH || high) {
            latchedCount = -1;
        }
        return high ? value >> 8 & 0xFF : value & 0xFF;
    }

    /** Writes the next byte of the count. */
    void write(int value, long tick) {
        switch (access) {
            case ACCESS_LOW -> load(value, tick);
            case ACCESS_HIGH -> load(value << 8, tick);
            default -> writeHalf(value, tick);
        }
    }

    private void writeHalf(int value, long tick) {
        if (!highByteNext) {
            highByteNext = true;
            lowByte = value;
            if (mode == 0) {
                // The first of two bytes stops the count and pulls the output low.
                loaded = false;
                counting = false;
            }
        } else {
            highByteNext = false;
            load(value << 8 | lowByte, tick);
        }
    }

    private void load(int register, long tick) {
        settle(tick);
        reload = decode(register);
        boolean first = !loaded;
        loaded = true;
        switch (mode) {
            case 0, 4 -> begin(tick);
            case 2, 3 -> {
                // A new count waits for the end of the period that is running.
                if (first || !counting) {
                    begin(tick);
                } else {
                    start += Math.max(0, tick - start) / running * running;
                }
            }
            default -> {} // modes 1 and 5 wait for a trigger
        }
    }

    private void begin(long tick) {
        running = reload;
        start = tick + 1; // the count is taken over with the clock pulse after the write
        stoppedAfter = (mode == 0 || mode == 4) && !gate ? 0 : -1;
        counting = gate || mode == 0 || mode == 4;
    }

    /** Drives the gate input. */
    void gate(boolean high, long tick) {
        if (high == gate) {
            return;
        }
        settle(tick);
        gate = high;
        switch (mode) {
            case 0, 4 -> pause(high, tick);
            case 2, 3 -> {
                counting = false;
                if (high && loaded) {
                    begin(tick);
                }
            }
            default -> {
                if (high && loaded) {
                    begin(tick);
                }
            }
        }
    }

    private void pause(boolean high, long tick) {
        if (!counting) {
            return;
        }
        if (!high) {
            stoppedAfter = Math.max(0, tick - start);
        } else {
            start = tick - stoppedAfter;
            stoppedAfter = -1;
        }
    }

    boolean gate() {
        return gate;
    }

    /** Takes over a count that was waiting for the end of a period; called before every look at the channel. */
    void settle(long tick) {
        if (running != reload && isPeriodic() && counting && tick >= start + running) {
            start += running;
            running = reload;
        }
    }

    private boolean isPeriodic() {
        return mode == 2 || mode == 3;
    }

    /** The OUT pin. */
    boolean output(long tick) {
        if (!counting) {
            return mode != 0;
        }
        long passed = passed(tick);
        return switch (mode) {
            case 0, 1 -> passed >= running || (mode == 1 && passed < 0);
            case 2 -> passed < 0 || passed % running != running - 1;
            case 3 -> passed < 0 || passed % running < (running + 1) / 2;
            default -> passed != running;
        };
    }

    /** The first tick after {@code tick} at which OUT goes from low to high, {@link #NEVER} when it does not. */
    long nextRise(long tick) {
        if (!counting || stoppedAfter >= 0) {
            return NEVER;
        }
        long rise = switch (mode) {
            case 0, 1 -> start + running;
            case 2, 3 -> start + Math.max(1, (tick - start) / running + 1) * running;
            default -> start + running + 1;
        };
        return rise > tick ? rise : NEVER;
    }

    private long passed(long tick) {
        return stoppedAfter >= 0 ? stoppedAfter : tick - start;
    }

    /** The count as the register shows it. */
    private int registerValue(long tick) {
        int limit = bcd ? 10_000 : 0x10000;
        int count = (int) Math.floorMod(countAt(tick), (long) limit);
        return bcd ? encodeBcd(count) : count;
    }

    private long countAt(long tick) {
        if (!counting) {
            return reload;
        }
        long passed = Math.max(0, passed(tick));
        return switch (mode) {
            case 2 -> running - passed % running;
            case 3 -> squareWaveCount(passed % running);
            default -> running - passed;
        };
    }

    /** Mode 3 counts down by two, twice per period; an odd count shows the even number below. */
    private long squareWaveCount(long phase) {
        int firstHalf = (running + 1) / 2;
        long step = phase < firstHalf ? phase : phase - firstHalf;
        return (running & ~1) - 2 * step;
    }

    private int decode(int register) {
        int count = bcd ? decodeBcd(register) : register;
        return count == 0 ? (bcd ? 10_000 : 0x10000) : count;
    }

    private static int decodeBcd(int value) {
        return (value >> 12 & 15) * 1000 + (value >> 8 & 15) * 100 + (value >> 4 & 15) * 10 + (value & 15);
    }

    private static int encodeBcd(int count) {
        return count / 1000 % 10 << 12 | count / 100 % 10 << 8 | count / 10 % 10 << 4 | count % 10;
    }

    void save(DataOutput out) throws IOException {
        for (int value : new int[]{mode, access, reload, running, lowByte, latchedCount, latchedStatus}) {
            out.writeInt(value);
        }
        out.writeLong(start);
        out.writeLong(stoppedAfter);
        for (boolean flag : new boolean[]{bcd, gate, loaded, counting, highByteNext, readHighNext}) {
            out.writeBoolean(flag);
        }
    }

    void restore(DataInput in) throws IOException {
        mode = in.readInt();
        access = in.readInt();
        reload = in.readInt();
        running = in.readInt();
        lowByte = in.readInt();
        latchedCount = in.readInt();
        latchedStatus = in.readInt();
        start = in.readLong();
        stoppedAfter = in.readLong();
        bcd = in.readBoolean();
        gate = in.readBoolean();
        loaded = in.readBoolean();
        counting = in.readBoolean();
        highByteNext = in.readBoolean();
        readHighNext = in.readBoolean();
    }
}
