package org.retrovisor.monitor.x87;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Runs one x87 instruction on the host processor: the independent truth of these tests. A state image is loaded with
 * FRSTOR, the instruction runs, and FNSAVE takes the state back, so that every register and flag can be compared.
 *
 * <pre>
 * block  0 image before (108)  |  128 image after  |  256 memory operand, at RSI  |  320 RFLAGS after  |
 *        328 RFLAGS before     |  336 RAX after
 * </pre>
 */
final class HostFpu {
    static final int IMAGE = X87Images.SAVE_32;
    static final int AFTER = 128;
    static final int OPERAND = 256;
    static final int FLAGS = 320;
    static final int FLAGS_BEFORE = 328;
    static final int RAX = 336;
    /** Where images that an instruction of a test writes go: room for FXSAVE. */
    static final int IMAGE_OPERAND = 512;
    static final int BLOCK = 1024;

    private static final int SLOT = 64;
    private static final long CODE_BYTES = 1 << 17;
    private static final int READ_WRITE_EXECUTE = 7;
    private static final int PRIVATE_ANONYMOUS = 0x22;

    /** frstor [rdi]; lea rsi,[rdi+256]; push [rdi+328]; popfq; mov eax,0. */
    private static final int[] PROLOGUE = {
        0xDD, 0x27, 0x48, 0x8D, 0xB7, 0, 1, 0, 0, 0xB8, 0, 0, 0, 0, 0xFF, 0xB7, 0x48, 1, 0, 0, 0x9D};

    /** fnsave [rdi+128]; pushfq; pop rcx; mov [rdi+320],rcx; mov [rdi+336],rax; ret. */
    private static final int[] EPILOGUE = {
        0xDD, 0xB7, 0x80, 0, 0, 0, 0x9C, 0x59, 0x48, 0x89, 0x8F, 0x40, 1, 0, 0, 0x48, 0x89, 0x87, 0x50, 1, 0, 0,
        0xC3};

    private final MemorySegment code;
    private final MethodHandle call;
    private long next;
    final MemorySegment block = Arena.global().allocate(BLOCK, 64);

    HostFpu() {
        Linker linker = Linker.nativeLinker();
        MethodHandle mmap = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("mmap"),
                FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
        try {
            long address = (long) mmap.invokeExact(0L, CODE_BYTES, READ_WRITE_EXECUTE, PRIVATE_ANONYMOUS, -1, 0L);
            if (address == -1) {
                throw new IllegalStateException("the host grants no executable page");
            }
            code = MemorySegment.ofAddress(address).reinterpret(CODE_BYTES);
        } catch (Throwable t) {
            throw new IllegalStateException("mmap cannot be called", t);
        }
        call = linker.downcallHandle(
                FunctionDescriptor.ofVoid(ValueLayout.ADDRESS), Linker.Option.critical(false));
    }

    /** Places an instruction; a memory operand is addressed by RSI. Returns its entry for {@link #run}. */
    MemorySegment define(int... instruction) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int[] part : new int[][]{PROLOGUE, instruction, EPILOGUE}) {
            for (int b : part) {
                bytes.write(b);
            }
        }
        if (bytes.size() > SLOT || next + SLOT > CODE_BYTES) {
            throw new IllegalArgumentException("no room for the instruction");
        }
        MemorySegment entry = code.asSlice(next);
        MemorySegment.copy(bytes.toByteArray(), 0, entry, ValueLayout.JAVA_BYTE, 0, bytes.size());
        next += SLOT;
        return entry;
    }

    /** Runs an instruction on {@link #block}. */
    void run(MemorySegment entry) {
        try {
            call.invokeExact(entry, block);
        } catch (Throwable t) {
            throw new IllegalStateException("the host cannot run the instruction", t);
        }
    }
}
