package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * One 8259A programmable interrupt controller in 8086 mode (Intel 8259A datasheet), with its half of the edge/level
 * control register of EISA. Eight inputs, one output; {@link PicPair} wires two of them together.
 */
final class Pic8259 implements Device {
    /** Offsets in the window; the names are the datasheet's A0. */
    static final int COMMAND = 0;

    static final int DATA = 1;

    private static final int ICW1 = 0x10;
    private static final int ICW1_NEEDS_ICW4 = 0x01;
    private static final int ICW1_SINGLE = 0x02;
    private static final int ICW1_LEVEL = 0x08;
    private static final int ICW4_AUTO_EOI = 0x02;
    private static final int ICW4_FULLY_NESTED = 0x10;
    private static final int OCW3 = 0x08;
    private static final int OCW3_READ_REGISTER = 0x02;
    private static final int OCW3_READ_ISR = 0x01;
    private static final int OCW3_POLL = 0x04;
    private static final int OCW3_SET_SPECIAL_MASK = 0x40;
    private static final int OCW3_SPECIAL_MASK = 0x20;

    /** The upper three bits of OCW2. */
    private static final int OCW2_CLEAR_ROTATE_AUTO = 0;

    private static final int OCW2_EOI = 1;
    private static final int OCW2_SPECIFIC_EOI = 3;
    private static final int OCW2_SET_ROTATE_AUTO = 4;
    private static final int OCW2_ROTATE_EOI = 5;
    private static final int OCW2_SET_PRIORITY = 6;
    private static final int OCW2_ROTATE_SPECIFIC_EOI = 7;

    /** What the controller answers when the request is gone by the time it is acknowledged. */
    private static final int SPURIOUS_INPUT = 7;

    /** No input. */
    private static final int NONE = -1;

    private final int elcrWritable;

    private int lines;
    private int irr;
    private int isr;
    private int imr;
    private int elcr;
    private int vectorBase;
    private int lowestPriority = 7;
    /** The next initialization word expected on the data port: 2, 3 or 4; 0 is none. */
    private int awaitedWord;

    private boolean single;
    private boolean icw4Comes;
    private boolean levelTriggered;
    private boolean autoEoi;
    private boolean fullyNested;
    private boolean rotateOnAutoEoi;
    private boolean specialMask;
    private boolean readIsr;
    private boolean poll;

    /** @param elcrWritable the inputs whose trigger mode the edge/level control register may change, as a bit mask */
    Pic8259(int elcrWritable) {
        this.elcrWritable = elcrWritable;
    }

    /** Drives input {@code input}, 0 to 7. */
    void line(int input, boolean asserted) {
        int bit = 1 << input;
        boolean rises = asserted && (lines & bit) == 0;
        lines = asserted ? lines | bit : lines & ~bit;
        if (!asserted) {
            // The input must stay high until it is acknowledged; one that falls earlier becomes a spurious interrupt.
            irr &= ~bit;
        } else if (rises || isLevel(bit)) {
            irr |= bit;
        }
    }

    /** The INT output. */
    boolean requests() {
        return highestRequest() != NONE;
    }

    /** INTA: takes the highest request into service and answers with its input, 7 when there is none any more. */
    int acknowledge() {
        int input = highestRequest();
        if (input == NONE) {
            return SPURIOUS_INPUT;
        }
        int bit = 1 << input;
        if (!isLevel(bit)) {
            irr &= ~bit;
        }
        if (!autoEoi) {
            isr |= bit;
        } else if (rotateOnAutoEoi) {
            lowestPriority = input;
        }
        return input;
    }

    /** The interrupt vector of {@code input}. */
    int vector(int input) {
        return vectorBase | input;
    }

    int elcr() {
        return elcr;
    }

    void setElcr(int value) {
        elcr = value & elcrWritable;
    }

    @Override
    public long read(long offset, int size, long now) {
        if (poll) {
            poll = false;
            return requests() ? 0x80 | acknowledge() : 0;
        }
        if (offset == DATA) {
            return imr;
        }
        return readIsr ? isr : irr;
    }

    @Override
    public void write(long offset, int size, long value, long now) {
        int word = (int) value & 0xFF;
        if (offset == DATA) {
            writeData(word);
        } else if ((word & ICW1) != 0) {
            initialize(word);
        } else if ((word & OCW3) != 0) {
            control(word);
        } else {
            endOfInterrupt(word >> 5, word & 7);
        }
    }

    private void initialize(int word) {
        single = (word & ICW1_SINGLE) != 0;
        icw4Comes = (word & ICW1_NEEDS_ICW4) != 0;
        levelTriggered = (word & ICW1_LEVEL) != 0;
        imr = 0;
        isr = 0;
        irr = lines & levelInputs();
        lowestPriority = 7;
        autoEoi = false;
        fullyNested = false;
        rotateOnAutoEoi = false;
        specialMask = false;
        readIsr = false;
        poll = false;
        awaitedWord = 2;
    }

    private void writeData(int word) {
        switch (awaitedWord) {
            case 2 -> {
                vectorBase = word & 0xF8;
                awaitedWord = single ? wordAfterThird() : 3;
            }
            // ICW3 says where the other controller is; that is wired.
            case 3 -> awaitedWord = wordAfterThird();
            case 4 -> {
                autoEoi = (word & ICW4_AUTO_EOI) != 0;
                fullyNested = (word & ICW4_FULLY_NESTED) != 0;
                awaitedWord = 0;
            }
            default -> imr = word;
        }
    }

    private int wordAfterThird() {
        return icw4Comes ? 4 : 0;
    }

    private void control(int word) {
        poll = (word & OCW3_POLL) != 0;
        if ((word & OCW3_READ_REGISTER) != 0) {
            readIsr = (word & OCW3_READ_ISR) != 0;
        }
        if ((word & OCW3_SET_SPECIAL_MASK) != 0) {
            specialMask = (word & OCW3_SPECIAL_MASK) != 0;
        }
    }

    private void endOfInterrupt(int command, int input) {
        switch (command) {
            case OCW2_CLEAR_ROTATE_AUTO -> rotateOnAutoEoi = false;
            case OCW2_SET_ROTATE_AUTO -> rotateOnAutoEoi = true;
            case OCW2_EOI -> finish(highestInService(), false);
            case OCW2_ROTATE_EOI -> finish(highestInService(), true);
            case OCW2_SPECIFIC_EOI -> finish(input, false);
            case OCW2_ROTATE_SPECIFIC_EOI -> finish(input, true);
            case OCW2_SET_PRIORITY -> lowestPriority = input;
            default -> {} // OCW2 010: no operation
        }
    }

    private void finish(int input, boolean rotate) {
        if (input == NONE) {
            return;
        }
        isr &= ~(1 << input);
        if (rotate) {
            lowestPriority = input;
        }
    }

    private int highestRequest() {
        int requested = irr & ~imr;
        // A masked input in service holds nobody back in special mask mode.
        int holding = specialMask ? isr & ~imr : isr;
        for (int step = 1; step <= 8 && requested != 0; step++) {
            int input = (lowestPriority + step) & 7;
            int bit = 1 << input;
            boolean inService = (holding & bit) != 0;
            if ((requested & bit) != 0 && (!inService || fullyNested)) {
                return input;
            }
            if (inService && !specialMask) {
                return NONE;
            }
        }
        return NONE;
    }

    private int highestInService() {
        // A masked input is not ended by a non-specific EOI in special mask mode.
        int candidates = specialMask ? isr & ~imr : isr;
        for (int step = 1; step <= 8; step++) {
            int input = (lowestPriority + step) & 7;
            if ((candidates & (1 << input)) != 0) {
                return input;
            }
        }
        return NONE;
    }

    private boolean isLevel(int bit) {
        return (levelInputs() & bit) != 0;
    }

    private int levelInputs() {
        return levelTriggered ? 0xFF : elcr;
    }

    @Override
    public void save(DataOutput out) throws IOException {
        for (int value : new int[]{lines, irr, isr, imr, elcr, vectorBase, lowestPriority, awaitedWord}) {
            out.writeByte(value);
        }
        for (boolean flag : new boolean[]{single, icw4Comes, levelTriggered, autoEoi, fullyNested, rotateOnAutoEoi,
            specialMask, readIsr, poll}) {
            out.writeBoolean(flag);
        }
    }

    @Override
    public void restore(DataInput in) throws IOException {
        lines = in.readUnsignedByte();
        irr = in.readUnsignedByte();
        isr = in.readUnsignedByte();
        imr = in.readUnsignedByte();
        elcr = in.readUnsignedByte() & elcrWritable;
        vectorBase = in.readUnsignedByte() & 0xF8;
        lowestPriority = in.readUnsignedByte() & 7;
        awaitedWord = in.readUnsignedByte();
        single = in.readBoolean();
        icw4Comes = in.readBoolean();
        levelTriggered = in.readBoolean();
        autoEoi = in.readBoolean();
        fullyNested = in.readBoolean();
        rotateOnAutoEoi = in.readBoolean();
        specialMask = in.readBoolean();
        readIsr = in.readBoolean();
        poll = in.readBoolean();
    }
}
