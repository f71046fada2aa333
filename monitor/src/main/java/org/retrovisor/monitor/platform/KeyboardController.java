package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.retrovisor.monitor.boundary.StopReason;

/**
 * The 8042 keyboard controller, as far as a machine without keyboard and mouse needs one: self test, command byte,
 * output port and the reset line. Offset 0 is port 0x60, offset 4 is port 0x64.
 */
final class KeyboardController implements Device {
    static final int DATA = 0;
    static final int COMMAND = 4;

    private static final int STATUS_OUTPUT_FULL = 0x01;
    private static final int STATUS_SYSTEM = 0x04;
    private static final int STATUS_COMMAND = 0x08;
    private static final int STATUS_UNLOCKED = 0x10;

    private static final int READ_COMMAND_BYTE = 0x20;
    private static final int WRITE_COMMAND_BYTE = 0x60;
    private static final int DISABLE_AUXILIARY = 0xA7;
    private static final int ENABLE_AUXILIARY = 0xA8;
    private static final int TEST_AUXILIARY = 0xA9;
    private static final int SELF_TEST = 0xAA;
    private static final int TEST_KEYBOARD = 0xAB;
    private static final int DISABLE_KEYBOARD = 0xAD;
    private static final int ENABLE_KEYBOARD = 0xAE;
    private static final int READ_OUTPUT_PORT = 0xD0;
    private static final int WRITE_OUTPUT_PORT = 0xD1;

    /** The answers that mean "works" and "no device on this clock line". */
    private static final int SELF_TEST_PASSED = 0x55;

    private static final int CLOCK_STUCK_LOW = 0x01;

    private static final int KEYBOARD_DISABLED = 0x10;
    private static final int AUXILIARY_DISABLED = 0x20;
    /** Output port: reset is not asserted, A20 is on. */
    private static final int OUTPUT_PORT_AT_REST = 0x03;

    private static final int OUTPUT_PORT_NOT_RESET = 0x01;

    /** Commands F0 to FF pulse the output lines whose bits are 0; bit 0 is the processor's reset. */
    private static final int PULSE = 0xF0;

    private final PlatformRequests requests;
    private int commandByte = KEYBOARD_DISABLED | AUXILIARY_DISABLED;
    private int output;
    private boolean outputFull;
    /** The command whose parameter is awaited on the data port; 0 is none. */
    private int awaiting;

    private boolean lastWasCommand;

    KeyboardController(PlatformRequests requests) {
        this.requests = requests;
    }

    @Override
    public long read(long offset, int size, long now) {
        if (offset == COMMAND) {
            return STATUS_SYSTEM | STATUS_UNLOCKED | (outputFull ? STATUS_OUTPUT_FULL : 0)
                    | (lastWasCommand ? STATUS_COMMAND : 0);
        }
        if (offset == DATA) {
            outputFull = false;
            return output;
        }
        return 0xFF;
    }

    @Override
    public void write(long offset, int size, long value, long now) {
        int data = (int) value & 0xFF;
        lastWasCommand = offset == COMMAND;
        if (offset == COMMAND) {
            command(data);
        } else if (offset == DATA) {
            parameter(data);
        }
    }

    private void command(int command) {
        awaiting = 0;
        switch (command) {
            case READ_COMMAND_BYTE -> answer(commandByte);
            case WRITE_COMMAND_BYTE, WRITE_OUTPUT_PORT -> awaiting = command;
            case SELF_TEST -> answer(SELF_TEST_PASSED);
            case TEST_KEYBOARD, TEST_AUXILIARY -> answer(CLOCK_STUCK_LOW);
            case DISABLE_KEYBOARD -> commandByte |= KEYBOARD_DISABLED;
            case ENABLE_KEYBOARD -> commandByte &= ~KEYBOARD_DISABLED;
            case DISABLE_AUXILIARY -> commandByte |= AUXILIARY_DISABLED;
            case ENABLE_AUXILIARY -> commandByte &= ~AUXILIARY_DISABLED;
            case READ_OUTPUT_PORT -> answer(OUTPUT_PORT_AT_REST);
            default -> {
                if (command >= PULSE && (command & 1) == 0) {
                    requests.stop(StopReason.RESET);
                }
            }
        }
    }

    private void parameter(int data) {
        if (awaiting == WRITE_COMMAND_BYTE) {
            commandByte = data;
        } else if (awaiting == WRITE_OUTPUT_PORT && (data & OUTPUT_PORT_NOT_RESET) == 0) {
            requests.stop(StopReason.RESET);
        }
        awaiting = 0;
    }

    private void answer(int value) {
        output = value;
        outputFull = true;
    }

    @Override
    public void save(DataOutput out) throws IOException {
        out.writeByte(commandByte);
        out.writeByte(output);
        out.writeBoolean(outputFull);
        out.writeByte(awaiting);
        out.writeBoolean(lastWasCommand);
    }

    @Override
    public void restore(DataInput in) throws IOException {
        commandByte = in.readUnsignedByte();
        output = in.readUnsignedByte();
        outputFull = in.readBoolean();
        awaiting = in.readUnsignedByte();
        lastWasCommand = in.readBoolean();
    }
}
