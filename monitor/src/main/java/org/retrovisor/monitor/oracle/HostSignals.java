package org.retrovisor.monitor.oracle;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.retrovisor.monitor.memory.HostLibrary;

/**
 * Handlers of the signals that Linux makes of a program's faults. One in the pages where cases run is noted, and what was
 * interrupted goes on in the exit stub with all registers as they were, but for RSP: there are hosts whose return from a signal refuses one
 * that is not canonical. Any other fault is the JVM's own and is handed on to its handler.
 *
 * <p>A timer of the thread's own time ticks each second; a case that is still under way after a few ticks ends like one that raises a fault,
 * {@link Fault#ENDLESS}.
 *
 * <p>Handlers run on a stack of their own, for the stack pointer of a case may be anything: {@link #install} is for the thread that
 * runs the cases. Their code is in a page of its own, which all threads may need at any time.
 */
final class HostSignals implements AutoCloseable {
    private static final int[] SIGNALS = {4, 7, 8, 11}; // SIGILL, SIGBUS, SIGFPE, SIGSEGV
    private static final int ACTION_BYTES = 152;
    private static final int ACTION_FLAGS = 136;
    private static final int SA_SIGINFO = 4;
    private static final int SA_ONSTACK = 0x0800_0000;
    private static final int SA_RESTART = 0x1000_0000;
    private static final int SS_DISABLE = 2;
    private static final int STACK_BYTES = 1 << 18;
    private static final int HANDLER_BYTES = 256;
    private static final int CODE_64 = 0x33;

    private static final int SIGVTALRM = 26;
    private static final int MOST_TICKS = 4;

    // Linux' system calls for timers, in the C library by name only since version 2.34; and struct sigevent
    private static final int TIMER_CREATE = 222;
    private static final int TIMER_SETTIME = 223;
    private static final int TIMER_DELETE = 226;
    private static final int GETTID = 186;
    private static final int CLOCK_THREAD_CPUTIME_ID = 3;
    private static final int EVENT_BYTES = 64;
    private static final int EVENT_SIGNAL = 8;
    private static final int EVENT_NOTIFY = 12;
    private static final int EVENT_THREAD = 16;
    private static final int SIGEV_THREAD_ID = 4;

    // struct ucontext of Linux for x86-64
    private static final int UC_RSP = 0xA0;
    private static final int UC_RIP = 0xA8;
    private static final int UC_CS = 0xB8;
    private static final int UC_ERROR = 0xC0;
    private static final int UC_VECTOR = 0xC8;
    private static final int UC_CR2 = 0xD8;
    private static final int[] NOTED = {UC_VECTOR, UC_ERROR, UC_CR2, UC_RIP, UC_RSP};

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private final MemorySegment before = Arena.global().allocate((long) ACTION_BYTES * SIGNALS.length, 16);
    private final MemorySegment stack = Arena.global().allocate(STACK_BYTES, 16);
    private final MemorySegment timer = Arena.global().allocate(8, 8);
    private final long handlers;

    /**
     * Handlers for code in these pages.
     *
     * @param note where vector, error code, CR2, RIP and RSP are put, 8 bytes each, and behind them ticks are counted
     * @param exit where the interrupted code goes on
     * @param top the stack pointer that it has there
     */
    HostSignals(HostPages pages, long note, long exit, long top) {
        for (int n = 0; n < SIGNALS.length; n++) {
            call("sigaction", SIGNALS[n], 0, before.address() + (long) ACTION_BYTES * n);
        }
        handlers = code(pages, note, exit, top);
    }

    private long code(HostPages pages, long note, long exit, long top) {
        int protection = HostLibrary.PROT_READ | HostLibrary.PROT_WRITE;
        // Safe: a fresh mapping aliases nothing.
        long page = HostLibrary.map(0, HostPages.PAGE, protection, HostLibrary.MAP_PRIVATE | HostLibrary.MAP_ANONYMOUS,
                -1);
        MemorySegment segment = MemorySegment.ofAddress(page).reinterpret(HostPages.PAGE);
        for (int n = 0; n < SIGNALS.length; n++) {
            byte[] bytes = handler(pages, note, exit, top, before.get(LONG, (long) ACTION_BYTES * n));
            MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, n * HANDLER_BYTES, bytes.length);
        }
        byte[] ticks = tickHandler(pages, note, exit, top);
        MemorySegment.copy(ticks, 0, segment, ValueLayout.JAVA_BYTE, SIGNALS.length * HANDLER_BYTES, ticks.length);
        call("mprotect", page, HostPages.PAGE, HostLibrary.PROT_READ | HostLibrary.PROT_EXEC);
        return page;
    }

    /** A handler: signal in EDI, context in RDX. All addresses but the last are below 2 GiB. */
    private static byte[] handler(HostPages pages, long note, long exit, long top, long next) {
        ByteBuffer out = ByteBuffer.allocate(HANDLER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int site = unlessInPages(out, pages);
        end(out, note, exit, top);
        here(out, site);
        out.put(bytes(0x48, 0xB8)).putLong(next); // mov rax, next
        out.put(bytes(0xFF, 0xE0)); // jmp rax
        return out.array();
    }

    /** The handler of ticks, which ends a case only when there were too many. */
    private static byte[] tickHandler(HostPages pages, long note, long exit, long top) {
        int ticks = (int) note + NOTED.length * 8;
        ByteBuffer out = ByteBuffer.allocate(HANDLER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int site = unlessInPages(out, pages);
        out.put(bytes(0xFF, 0x04, 0x25)).putInt(ticks); // inc dword [ticks]
        out.put(bytes(0x83, 0x3C, 0x25)).putInt(ticks).put((byte) MOST_TICKS); // cmp dword [ticks], MOST_TICKS
        out.put(bytes(0x77, 0x01)); // ja over the ret
        here(out, site);
        out.put(bytes(0xC3)); // ret
        out.put(bytes(0x48, 0xC7, 0x82)).putInt(UC_VECTOR).putInt(Fault.ENDLESS); // mov qword [rdx + vector], ENDLESS
        end(out, note, exit, top);
        return out.array();
    }

    /** Jumps when what was interrupted is not in the pages; where to is for {@link #here} to say. */
    private static int unlessInPages(ByteBuffer out, HostPages pages) {
        load(out, UC_RIP);
        out.put(bytes(0x48, 0x2D)).putInt((int) pages.code); // sub rax, code
        out.put(bytes(0x48, 0x3D)).putInt(HostPages.CODE_BYTES); // cmp rax, CODE_BYTES
        out.put(bytes(0x73, 0)); // jae
        return out.position();
    }

    private static void here(ByteBuffer out, int site) {
        int distance = out.position() - site;
        if (distance > Byte.MAX_VALUE) {
            throw new IllegalStateException("too far for a short jump");
        }
        out.put(site - 1, (byte) distance);
    }

    /** Notes what ended a case, and returns to the exit. */
    private static void end(ByteBuffer out, long note, long exit, long top) {
        for (int n = 0; n < NOTED.length; n++) {
            load(out, NOTED[n]);
            out.put(bytes(0x48, 0x89, 0x04, 0x25)).putInt((int) note + 8 * n); // mov [note], rax
        }
        out.put(bytes(0x48, 0xC7, 0x82)).putInt(UC_RIP).putInt((int) exit); // mov qword [rdx + rip], exit
        out.put(bytes(0x48, 0xC7, 0x82)).putInt(UC_RSP).putInt((int) top); // mov qword [rdx + rsp], top
        out.put(bytes(0x66, 0xC7, 0x82)).putInt(UC_CS).putShort((short) CODE_64); // mov word [rdx + cs], selector
        out.put(bytes(0xC3)); // ret
    }

    /** mov rax, [rdx + offset]. */
    private static void load(ByteBuffer out, int offset) {
        out.put(bytes(0x48, 0x8B, 0x82)).putInt(offset);
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int n = 0; n < values.length; n++) {
            bytes[n] = (byte) values[n];
        }
        return bytes;
    }

    /** From now on, until this is closed, faults of cases on this thread are noted. */
    HostSignals install() {
        useStack(0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment action = arena.allocate(ACTION_BYTES, 16);
            for (int n = 0; n < SIGNALS.length; n++) {
                long old = (long) ACTION_BYTES * n;
                MemorySegment.copy(before, old, action, 0, ACTION_BYTES);
                action.set(LONG, 0, handlers + (long) HANDLER_BYTES * n);
                action.set(INT, ACTION_FLAGS, before.get(INT, old + ACTION_FLAGS) | SA_SIGINFO | SA_ONSTACK);
                call("sigaction", SIGNALS[n], action.address(), 0);
            }
            action.fill((byte) 0);
            action.set(LONG, 0, handlers + (long) HANDLER_BYTES * SIGNALS.length);
            action.set(INT, ACTION_FLAGS, SA_SIGINFO | SA_ONSTACK | SA_RESTART);
            call("sigaction", SIGVTALRM, action.address(), 0);
            startTimer(arena);
        }
        return this;
    }

    private void startTimer(Arena arena) {
        MemorySegment event = arena.allocate(EVENT_BYTES, 8);
        event.set(INT, EVENT_SIGNAL, SIGVTALRM);
        event.set(INT, EVENT_NOTIFY, SIGEV_THREAD_ID);
        event.set(INT, EVENT_THREAD, HostLibrary.callForInt("syscall", GETTID));
        call("syscall", TIMER_CREATE, CLOCK_THREAD_CPUTIME_ID, event.address(), timer.address());
        MemorySegment times = arena.allocate(32, 8); // struct itimerspec: interval and first time, seconds and nanoseconds each
        times.set(LONG, 0, 1);
        times.set(LONG, 16, 1);
        call("syscall", TIMER_SETTIME, timer.get(INT, 0), 0, times.address(), 0);
    }

    /** Gives all signals back to the JVM. A tick that is still under way finds its handler, and no case. */
    @Override
    public void close() {
        call("syscall", TIMER_DELETE, timer.get(INT, 0));
        for (int n = 0; n < SIGNALS.length; n++) {
            call("sigaction", SIGNALS[n], before.address() + (long) ACTION_BYTES * n, 0);
        }
        useStack(SS_DISABLE);
    }

    private void useStack(int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment description = arena.allocate(24, 8);
            description.set(LONG, 0, stack.address());
            description.set(INT, 8, flags);
            description.set(LONG, 16, STACK_BYTES);
            call("sigaltstack", description.address(), 0);
        }
    }

    private static void call(String function, long... arguments) {
        if (HostLibrary.callForInt(function, arguments) != 0) {
            throw new IllegalStateException(function + " refuses");
        }
    }
}
