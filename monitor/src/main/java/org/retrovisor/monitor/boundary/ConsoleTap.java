package org.retrovisor.monitor.boundary;

import java.util.function.IntConsumer;

/**
 * Finds the console output among the port writes of a guest, whoever they go to: what it sends through the first serial
 * port.
 *
 * <p>Follows just enough of the 16550A (datasheet, table 2): bytes to the transmitter holding register count unless DLAB
 * gives that address to the divisor latch or loopback keeps them inside.
 */
public final class ConsoleTap {
    private static final int TRANSMITTER = 0x3F8;
    private static final int LINE_CONTROL = 0x3FB;
    private static final int MODEM_CONTROL = 0x3FC;
    private static final int DIVISOR_LATCH_ACCESS = 0x80;
    private static final int LOOPBACK = 0x10;

    private IntConsumer sink;
    private boolean divisorLatch;
    private boolean loopback;

    /** A tap after power-on; {@code sink} gets each byte, 0 to 255. */
    public ConsoleTap(IntConsumer sink) {
        this.sink = sink;
    }

    /** Where output goes from now on. */
    public void sink(IntConsumer newSink) {
        sink = newSink;
    }

    /** To be told of every port write: {@code size} bytes from the lowest, at {@code port} and above. */
    public void portWrite(long port, int size, long value) {
        for (int i = 0; i < size; i++) {
            byteWrite(port + i, (int) (value >>> 8 * i) & 0xFF);
        }
    }

    private void byteWrite(long port, int value) {
        if (port == TRANSMITTER && !divisorLatch && !loopback) {
            sink.accept(value);
        } else if (port == LINE_CONTROL) {
            divisorLatch = (value & DIVISOR_LATCH_ACCESS) != 0;
        } else if (port == MODEM_CONTROL) {
            loopback = (value & LOOPBACK) != 0;
        }
    }

    /** The state, for a checkpoint: bit 0 the divisor latch is selected, bit 1 loopback. */
    public int save() {
        return (divisorLatch ? 1 : 0) | (loopback ? 2 : 0);
    }

    /** Takes over what {@link #save} said. */
    public void restore(int state) {
        divisorLatch = (state & 1) != 0;
        loopback = (state & 2) != 0;
    }
}
