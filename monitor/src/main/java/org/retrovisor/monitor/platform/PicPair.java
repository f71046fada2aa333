package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** The two 8259A of a PC: 16 inputs, the second controller's output on input 2 of the first. */
final class PicPair {
    private static final int CASCADE = 2;

    /** Inputs 0, 1 and 2 are edge triggered for good. */
    private static final int FIRST_ELCR_MASK = 0xF8;

    /** Inputs 8 and 13 are edge triggered for good. */
    private static final int SECOND_ELCR_MASK = 0xDE;

    private final Pic8259 first = new Pic8259(FIRST_ELCR_MASK);
    private final Pic8259 second = new Pic8259(SECOND_ELCR_MASK);

    /** The registers of the first controller, ports 0x20 and 0x21. */
    Device first() {
        return new Registers(first);
    }

    /** The registers of the second controller, ports 0xA0 and 0xA1. */
    Device second() {
        return new Registers(second);
    }

    /** The two edge/level control registers, ports 0x4D0 and 0x4D1. */
    Device edgeLevelControl() {
        return new EdgeLevelControl();
    }

    /** Drives input {@code irq}, 0 to 15; input 2 is taken. */
    void line(int irq, boolean asserted) {
        if (irq < 8) {
            first.line(irq, asserted);
        } else {
            second.line(irq - 8, asserted);
            cascade();
        }
    }

    /** INTR: the pair has an interrupt for the processor. */
    boolean requests() {
        return first.requests();
    }

    /** The processor's two INTA cycles: takes the highest request into service and answers with its vector. */
    int acknowledge() {
        int input = first.acknowledge();
        if (input != CASCADE) {
            return first.vector(input);
        }
        int vector = second.vector(second.acknowledge());
        // The second controller drops its output while it is acknowledged, and asks again if more is waiting.
        first.line(CASCADE, false);
        cascade();
        return vector;
    }

    private void cascade() {
        first.line(CASCADE, second.requests());
    }

    /** One controller's window; its accesses may change what the other one sees. */
    private final class Registers implements Device {
        private final Pic8259 pic;

        Registers(Pic8259 pic) {
            this.pic = pic;
        }

        @Override
        public long read(long offset, int size, long now) {
            long value = pic.read(offset, size, now);
            cascade();
            return value;
        }

        @Override
        public void write(long offset, int size, long value, long now) {
            pic.write(offset, size, value, now);
            cascade();
        }

        @Override
        public void save(DataOutput out) throws IOException {
            pic.save(out);
        }

        @Override
        public void restore(DataInput in) throws IOException {
            pic.restore(in);
        }
    }

    /** ELCR: a set bit makes the input level triggered. Its state is kept in the controllers. */
    private final class EdgeLevelControl implements Device {
        @Override
        public long read(long offset, int size, long now) {
            return (offset == 0 ? first : second).elcr();
        }

        @Override
        public void write(long offset, int size, long value, long now) {
            (offset == 0 ? first : second).setElcr((int) value);
        }

        @Override
        public void save(DataOutput out) {}

        @Override
        public void restore(DataInput in) {}
    }
}
