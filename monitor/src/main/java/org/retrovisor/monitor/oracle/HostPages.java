package org.retrovisor.monitor.oracle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.retrovisor.monitor.memory.HostLibrary;

/**
 * The pages in which instructions run on the host, below 2 GiB, so that 32-bit absolute addresses reach them and a guest
 * can map the same linear addresses.
 *
 * <pre>
 *   base   code: entry and exit stubs, then SLOTS slots       read and execute
 *          control: states in and out, see HostProcessor      read and write
 *          data: two pages, operands around their border      read and write
 *          stack                                              read and write
 *          a page that is not there
 * </pre>
 */
final class HostPages {
    static final int PAGE = 4096;
    static final int SLOTS = 512;
    static final int SLOT_BYTES = 128;
    static final int STUBS_BYTES = PAGE;
    static final int CODE_BYTES = STUBS_BYTES + SLOTS * SLOT_BYTES;
    static final int DATA_BYTES = 2 * PAGE;
    static final int STACK_BYTES = 64 * PAGE;

    private static final int READ_WRITE = HostLibrary.PROT_READ | HostLibrary.PROT_WRITE;
    private static final int READ_EXECUTE = HostLibrary.PROT_READ | HostLibrary.PROT_EXEC;
    /** There or nowhere. */
    private static final int PRIVATE_ANONYMOUS_THERE = HostLibrary.MAP_PRIVATE | HostLibrary.MAP_ANONYMOUS
            | HostLibrary.MAP_FIXED_NOREPLACE;
    /** Where pages are asked for, one place after another: the host's own search for low pages looks at half of them only. */
    private static final long FIRST_PLACE = 0x1000_0000L;

    private static final long NEXT_PLACE = 0x0100_0000L;

    final long code;
    final long control;
    final long data;
    final long stack;
    final long missing;
    private final MemorySegment all;

    /** Maps the pages; they live as long as the process. */
    HostPages() {
        long bytes = CODE_BYTES + PAGE + DATA_BYTES + STACK_BYTES + PAGE;
        long base = map(bytes);
        all = MemorySegment.ofAddress(base).reinterpret(bytes);
        code = base;
        control = base + CODE_BYTES;
        data = control + PAGE;
        stack = data + DATA_BYTES;
        missing = stack + STACK_BYTES;
        // A page that was never written is not there yet, and so says the error code of a fault on it.
        all.asSlice(0, bytes - PAGE).fill((byte) 0);
        protect(missing, PAGE, 0);
    }

    /** Java itself may have taken a whole GiB down there, another at each start. */
    private static long map(long bytes) {
        for (long place = FIRST_PLACE; place + bytes <= Integer.MAX_VALUE; place += NEXT_PLACE) {
            // Safe: a fresh mapping that replaces none aliases nothing.
            long base = HostLibrary.map(place, bytes, READ_WRITE, PRIVATE_ANONYMOUS_THERE, -1);
            if (base == place) {
                return base;
            }
            if (base != HostLibrary.FAILED) { // a kernel before 4.17 does not know the flag and takes the place as a hint
                HostLibrary.unmap(base, bytes);
            }
        }
        throw new IllegalStateException("the host grants no pages below 2 GiB");
    }

    /** Makes code writable, or executable. */
    void protectCode(boolean executable) {
        protect(code, CODE_BYTES, executable ? READ_EXECUTE : READ_WRITE);
    }

    private static void protect(long address, long bytes, int protection) {
        if (HostLibrary.callForInt("mprotect", address, bytes, protection) != 0) {
            throw new IllegalStateException("the host refuses to change the rights of pages");
        }
    }

    /** Where code pages hold zeros, behind the stubs, as a guest's do: the upper half of the first one. */
    long unusedCode() {
        return code + STUBS_BYTES / 2;
    }

    /** Whether an operand at an address of these pages lies there. */
    boolean isUnusedCode(long address) {
        return address >= unusedCode() && address < code + STUBS_BYTES - Long.BYTES;
    }

    /** The bytes at an address of these pages. */
    MemorySegment at(long address, long bytes) {
        return all.asSlice(address - code, bytes);
    }

    void write(long address, byte[] bytes) {
        MemorySegment.copy(bytes, 0, at(address, bytes.length), ValueLayout.JAVA_BYTE, 0, bytes.length);
    }

    void read(long address, byte[] bytes) {
        MemorySegment.copy(at(address, bytes.length), ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
    }

    /** The address of the instruction of a slot; see {@link Landing} for what is around it. */
    long instruction(int slot) {
        return code + STUBS_BYTES + (long) slot * SLOT_BYTES + Landing.INSTRUCTION;
    }
}
