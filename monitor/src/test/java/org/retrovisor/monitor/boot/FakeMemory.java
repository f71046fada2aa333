package org.retrovisor.monitor.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** RAM below 4 GiB as a plain array; a write outside of it fails the test. */
final class FakeMemory implements BootMemory {
    private final long size;
    private final byte[] low;

    FakeMemory(long size) {
        this.size = size;
        this.low = new byte[(int) Math.min(size, 256L << 20)];
    }

    @Override
    public void write(long physical, byte[] bytes, int from, int count) {
        System.arraycopy(bytes, from, low, Math.toIntExact(physical), count);
    }

    @Override
    public long size() {
        return size;
    }

    byte[] bytes(long at, int length) {
        return Arrays.copyOfRange(low, (int) at, (int) at + length);
    }

    int u8(long at) {
        return low[(int) at] & 0xFF;
    }

    int u16(long at) {
        return buffer().getShort((int) at) & 0xFFFF;
    }

    long u32(long at) {
        return buffer().getInt((int) at) & 0xFFFF_FFFFL;
    }

    long u64(long at) {
        return buffer().getLong((int) at);
    }

    String text(long at, int length) {
        return new String(bytes(at, length), StandardCharsets.ISO_8859_1);
    }

    private ByteBuffer buffer() {
        return ByteBuffer.wrap(low).order(ByteOrder.LITTLE_ENDIAN);
    }
}
