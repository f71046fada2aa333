package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A 16550A serial port (National PC16550D datasheet) whose other end always listens.
 *
 * <p>A byte written is sent at once, so the transmitter is always empty; a guest that polls or waits for the interrupt
 * never waits for a line's speed. Received bytes come through {@link #receive} and are taken only while there is room.
 */
final class Uart16550 implements Device {
    /** Offsets; the divisor latch replaces the first two while DLAB is set. */
    static final int DATA = 0;

    static final int INTERRUPT_ENABLE = 1;
    /** Interrupt identification when read, FIFO control when written. */
    static final int INTERRUPT_ID = 2;

    static final int LINE_CONTROL = 3;
    static final int MODEM_CONTROL = 4;
    static final int LINE_STATUS = 5;
    static final int MODEM_STATUS = 6;
    static final int SCRATCH = 7;

    private static final int IER_RECEIVED = 0x01;
    private static final int IER_TRANSMITTER_EMPTY = 0x02;
    private static final int IER_LINE_STATUS = 0x04;
    private static final int IER_MODEM_STATUS = 0x08;

    private static final int ID_NONE = 0x01;
    private static final int ID_MODEM_STATUS = 0x00;
    private static final int ID_TRANSMITTER_EMPTY = 0x02;
    private static final int ID_RECEIVED = 0x04;
    private static final int ID_LINE_STATUS = 0x06;
    private static final int ID_TIMEOUT = 0x0C;
    private static final int ID_FIFOS_ENABLED = 0xC0;

    private static final int FCR_ENABLE = 0x01;
    private static final int FCR_CLEAR_RECEIVER = 0x02;
    private static final int LCR_DLAB = 0x80;
    private static final int MCR_OUT2 = 0x08;
    private static final int MCR_LOOP = 0x10;
    private static final int LSR_DATA_READY = 0x01;
    private static final int LSR_OVERRUN = 0x02;
    private static final int LSR_TRANSMITTER_EMPTY = 0x60;

    /** Carrier, data set ready and clear to send: somebody is there. */
    private static final int MSR_CONNECTED = 0xB0;

    private static final int[] TRIGGER_LEVEL = {1, 4, 8, 14};
    private static final int FIFO_SIZE = 16;

    /** The 1.8432 MHz crystal gives 115200 bits per second at divisor 1. */
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private static final long FASTEST_BAUD = 115_200;
    /** Start bit, eight data bits, stop bit; the receiver times out after four of these. */
    private static final int BITS_PER_CHARACTER = 10;

    private final InterruptLine interrupt;
    private final ByteSink output;
    private final int[] fifo = new int[FIFO_SIZE];
    private int fifoHead;
    private int fifoCount;
    private int interruptEnable;
    private int fifoControl;
    private int lineControl;
    private int modemControl;
    private int modemStatus = MSR_CONNECTED;
    private int scratch;
    private int divisor = 12;
    private boolean overrun;
    private boolean transmitterInterrupt;
    private boolean timedOut;
    private long timeoutAt = NEVER;

    /**
     * @param interrupt what the interrupt output drives while OUT2 is set, as on a PC
     * @param output takes what is sent
     */
    Uart16550(InterruptLine interrupt, ByteSink output) {
        this.interrupt = interrupt;
        this.output = output;
    }

    /** Whether {@link #receive} would take a byte without losing one. */
    boolean hasRoom() {
        return (modemControl & MCR_LOOP) == 0 && fifoCount < capacity();
    }

    /** A byte arrives on the line. */
    void receive(int value, long now) {
        push(value, now);
        update();
    }

    @Override
    public long read(long offset, int size, long now) {
        advance(now);
        long value = switch ((int) offset) {
            case DATA -> isDlab() ? divisor & 0xFF : pop(now);
            case INTERRUPT_ENABLE -> isDlab() ? divisor >> 8 : interruptEnable;
            case INTERRUPT_ID -> readInterruptId();
            case LINE_CONTROL -> lineControl;
            case MODEM_CONTROL -> modemControl;
            case LINE_STATUS -> readLineStatus();
            case MODEM_STATUS -> readModemStatus();
            default -> scratch;
        };
        update();
        return value;
    }

    @Override
    public void write(long offset, int size, long value, long now) {
        advance(now);
        int data = (int) value & 0xFF;
        switch ((int) offset) {
            case DATA -> writeData(data, now);
            case INTERRUPT_ENABLE -> writeInterruptEnable(data);
            case INTERRUPT_ID -> writeFifoControl(data);
            case LINE_CONTROL -> lineControl = data;
            case MODEM_CONTROL -> writeModemControl(data);
            case SCRATCH -> scratch = data;
            default -> {} // the status registers are not written in normal operation
        }
        update();
    }

    private void writeData(int data, long now) {
        if (isDlab()) {
            divisor = divisor & 0xFF00 | data;
            return;
        }
        transmitterInterrupt = true;
        if ((modemControl & MCR_LOOP) != 0) {
            push(data, now);
        } else {
            output.put(data);
        }
    }

    private void writeInterruptEnable(int data) {
        if (isDlab()) {
            divisor = divisor & 0xFF | data << 8;
            return;
        }
        // Enabling the interrupt while the transmitter is empty raises it at once.
        if ((data & ~interruptEnable & IER_TRANSMITTER_EMPTY) != 0) {
            transmitterInterrupt = true;
        }
        interruptEnable = data & 0x0F;
    }

    private void writeFifoControl(int data) {
        boolean toggled = ((data ^ fifoControl) & FCR_ENABLE) != 0;
        if (toggled || (data & FCR_CLEAR_RECEIVER) != 0) {
            fifoCount = 0;
            timedOut = false;
            timeoutAt = NEVER;
        }
        fifoControl = (data & FCR_ENABLE) == 0 ? 0 : data & (FCR_ENABLE | 0xC0);
    }

    private void writeModemControl(int data) {
        int before = modemLines();
        modemControl = data & 0x1F;
        noteModemChange(before, modemLines());
    }

    private int readInterruptId() {
        int id = pendingInterrupt();
        if (id == ID_TRANSMITTER_EMPTY) {
            transmitterInterrupt = false;
        }
        return id | (isFifoEnabled() ? ID_FIFOS_ENABLED : 0);
    }

    private int readLineStatus() {
        int status = LSR_TRANSMITTER_EMPTY | (fifoCount > 0 ? LSR_DATA_READY : 0) | (overrun ? LSR_OVERRUN : 0);
        overrun = false;
        return status;
    }

    private int readModemStatus() {
        int status = modemLines() | modemStatus & 0x0F;
        modemStatus &= 0xF0;
        return status;
    }

    /** The four input lines; in loopback mode they show the four outputs. */
    private int modemLines() {
        if ((modemControl & MCR_LOOP) == 0) {
            return MSR_CONNECTED;
        }
        // RTS to CTS, DTR to DSR, OUT1 to RI, OUT2 to DCD.
        return (modemControl & 2) << 3 | (modemControl & 1) << 5 | (modemControl & 4) << 4 | (modemControl & 8) << 4;
    }

    /** Sets the delta bits; that of the ring indicator only when the line falls. */
    private void noteModemChange(int before, int after) {
        int changed = (before ^ after) >> 4;
        int ringEnded = before & ~after & 0x40;
        modemStatus |= changed & 0x0B | ringEnded >> 4;
    }

    private void push(int value, long now) {
        if (fifoCount == capacity()) {
            overrun = true;
            return;
        }
        fifo[(fifoHead + fifoCount) % FIFO_SIZE] = value;
        fifoCount++;
        restartTimeout(now);
    }

    private int pop(long now) {
        if (fifoCount == 0) {
            return 0;
        }
        int value = fifo[fifoHead];
        fifoHead = (fifoHead + 1) % FIFO_SIZE;
        fifoCount--;
        restartTimeout(now);
        return value;
    }

    private void restartTimeout(long now) {
        timedOut = false;
        long character = BITS_PER_CHARACTER * NANOS_PER_SECOND * Math.max(1, divisor) / FASTEST_BAUD;
        timeoutAt = isFifoEnabled() && fifoCount > 0 ? now + 4 * character : NEVER;
    }

    /** The highest waiting interrupt as the identification register shows it. */
    private int pendingInterrupt() {
        if ((interruptEnable & IER_LINE_STATUS) != 0 && overrun) {
            return ID_LINE_STATUS;
        }
        if ((interruptEnable & IER_RECEIVED) != 0 && fifoCount >= triggerLevel()) {
            return ID_RECEIVED;
        }
        if ((interruptEnable & IER_RECEIVED) != 0 && timedOut) {
            return ID_TIMEOUT;
        }
        if ((interruptEnable & IER_TRANSMITTER_EMPTY) != 0 && transmitterInterrupt) {
            return ID_TRANSMITTER_EMPTY;
        }
        if ((interruptEnable & IER_MODEM_STATUS) != 0 && (modemStatus & 0x0F) != 0) {
            return ID_MODEM_STATUS;
        }
        return ID_NONE;
    }

    private void update() {
        boolean connected = (modemControl & MCR_OUT2) != 0 && (modemControl & MCR_LOOP) == 0;
        interrupt.level(connected && pendingInterrupt() != ID_NONE);
    }

    private boolean isDlab() {
        return (lineControl & LCR_DLAB) != 0;
    }

    private boolean isFifoEnabled() {
        return (fifoControl & FCR_ENABLE) != 0;
    }

    private int capacity() {
        return isFifoEnabled() ? FIFO_SIZE : 1;
    }

    private int triggerLevel() {
        return isFifoEnabled() ? TRIGGER_LEVEL[fifoControl >> 6] : 1;
    }

    @Override
    public long deadline() {
        return timeoutAt;
    }

    @Override
    public void advance(long now) {
        if (timeoutAt <= now) {
            timeoutAt = NEVER;
            timedOut = true;
            update();
        }
    }

    @Override
    public void save(DataOutput out) throws IOException {
        for (int value : new int[]{fifoHead, fifoCount, interruptEnable, fifoControl, lineControl, modemControl,
            modemStatus, scratch, divisor}) {
            out.writeInt(value);
        }
        for (int value : fifo) {
            out.writeByte(value);
        }
        out.writeBoolean(overrun);
        out.writeBoolean(transmitterInterrupt);
        out.writeBoolean(timedOut);
        out.writeLong(timeoutAt);
    }

    @Override
    public void restore(DataInput in) throws IOException {
        fifoHead = in.readInt() & (FIFO_SIZE - 1);
        fifoCount = Math.clamp(in.readInt(), 0, FIFO_SIZE);
        interruptEnable = in.readInt();
        fifoControl = in.readInt() & 0xC1;
        lineControl = in.readInt();
        modemControl = in.readInt();
        modemStatus = in.readInt();
        scratch = in.readInt();
        divisor = in.readInt() & 0xFFFF;
        for (int slot = 0; slot < FIFO_SIZE; slot++) {
            fifo[slot] = in.readUnsignedByte();
        }
        overrun = in.readBoolean();
        transmitterInterrupt = in.readBoolean();
        timedOut = in.readBoolean();
        timeoutAt = in.readLong();
    }
}
