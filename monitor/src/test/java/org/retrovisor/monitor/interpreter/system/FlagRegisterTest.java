package org.retrovisor.monitor.interpreter.system;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Which flags POPF and IRET take from the stack, by mode, level and size, and that they leave the others (SDM volume 2, POPF and IRET).
 * Without virtual-mode extensions, virtual-8086 mode needs an IOPL of 3 for both; what happens without it is in {@link LegacyModeDeliveryTest}.
 */
@OnEachEngine
class FlagRegisterTest {
    private static final int ANY = Flags.STATUS | Control.TF | Control.DF | Control.NT;
    /** What only 32 bits and more hold. */
    private static final int WIDE = Control.AC | Control.ID;
    /** What IRET takes besides. */
    private static final int WIDE_RETURN = WIDE | Control.RF;
    private static final int VIRTUAL = Control.VIF | Control.VIP;
    private static final int ALL = Flags.STATUS | Control.SYSTEM;
    /** What may be set beforehand without effects of its own: a trap, the return to another task, another privilege level of ports. */
    private static final int HARMLESS = ALL & ~(Control.TF | Control.NT | Control.RF | Control.VM | Control.IOPL);

    /** Where flags are popped, and what is taken from 16 bits, from more, and by an IRET of more bits besides. */
    enum Place {
        REAL(2, 0, 0, Control.IF | Control.IOPL, 0), VIRTUAL_8086(2, 3, Control.VM | Control.IOPL, Control.IF,
                0), PROTECTED_KERNEL(4, 0, 0, Control.IF | Control.IOPL, VIRTUAL), PROTECTED_USER(4, 3, 0, 0,
                        0), PROTECTED_USER_WITH_PORTS(4, 3, Control.IOPL, Control.IF, 0), LONG_KERNEL(8, 0, 0,
                                Control.IF | Control.IOPL, VIRTUAL), LONG_USER(8, 3, 0, 0,
                                        0), LONG_USER_WITH_PORTS(8, 3, Control.IOPL, Control.IF, 0);

        private final int codeBytes;
        private final int level;
        private final int before;
        private final int privileged;
        private final int returned;

        Place(int codeBytes, int level, int before, int privileged, int returned) {
            this.codeBytes = codeBytes;
            this.level = level;
            this.before = before;
            this.privileged = privileged;
            this.returned = returned;
        }

        private TinyGuest guest() {
            TinyGuest guest = switch (this) {
                case REAL -> TinyGuest.real();
                case VIRTUAL_8086 -> TinyGuest.protected32().asVirtual8086(before);
                case PROTECTED_KERNEL -> TinyGuest.protected32();
                case PROTECTED_USER, PROTECTED_USER_WITH_PORTS -> TinyGuest.protected32().asUser32();
                case LONG_KERNEL -> TinyGuest.long64();
                case LONG_USER, LONG_USER_WITH_PORTS -> TinyGuest.long64().asUser();
            };
            assertEquals(level, guest.cpu.cpl);
            return guest;
        }

        private int taken(int size, boolean interruptReturn) {
            int wide = interruptReturn ? WIDE_RETURN | returned : WIDE;
            return ANY | privileged | (size == 2 ? 0 : wide);
        }

        /** A prefix that makes {@code size} bytes of an operand, where there is one. */
        private String prefix(int size, boolean interruptReturn) {
            boolean wide = codeBytes == 8 && interruptReturn && size == 8;
            boolean other = size == 2 ? codeBytes != 2 : size == 4 && codeBytes == 2;
            return wide ? "48" : other ? "66" : "";
        }
    }

    /** RFLAGS behind POPF. */
    private static int pop(Place place, int size, int before, int image) {
        try (TinyGuest guest = place.guest()) {
            put(guest, 0, size, image);
            guest.cpu.setRflags(before);
            long pointer = guest.register(Processor.RSP);
            guest.step(place.prefix(size, false) + "9d", 1);
            assertEquals(pointer + size, guest.register(Processor.RSP));
            return guest.cpu.rflags() & ~Control.ALWAYS_ONE;
        }
    }

    /** RFLAGS behind IRET, to the byte behind it. */
    private static int returned(Place place, int size, int before, int image) {
        try (TinyGuest guest = place.guest()) {
            String code = place.prefix(size, true) + "cf";
            long target = guest.register(Processor.RIP) + code.length() / 2;
            long[] frame = {target, guest.cpu.segments[Segment.CS].selector, image,
                guest.register(Processor.RSP), guest.cpu.segments[Segment.SS].selector};
            for (int n = 0; n < frame.length; n++) {
                put(guest, n, size, frame[n]);
            }
            guest.cpu.setRflags(before);
            guest.step(code, 1);
            assertEquals(size == 2 ? target & 0xFFFF : target, guest.register(Processor.RIP));
            assertEquals(place.level, guest.cpu.cpl);
            return guest.cpu.rflags() & ~Control.ALWAYS_ONE;
        }
    }

    private static void put(TinyGuest guest, int slot, int size, long value) {
        long at = guest.cpu.segments[Segment.SS].base + guest.register(Processor.RSP) + (long) slot * size;
        guest.put64(at, size == 8 ? value : value & (1L << 8 * size) - 1);
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void poppedFlags(Place place) {
        for (int size : place.codeBytes == 8 ? new int[]{2, 8} : new int[]{2, 4}) {
            int taken = place.taken(size, false);
            int kept = place.before & ~taken;
            assertEquals(flags(taken | kept), flags(pop(place, size, place.before, ALL)), "of 1, " + size);
            int before = HARMLESS | place.before;
            assertEquals(flags(before & ~taken), flags(pop(place, size, before, 0)), "of 0, " + size);
        }
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void returnedFlags(Place place) {
        for (int size : place.codeBytes == 8 ? new int[]{2, 4, 8} : new int[]{2, 4}) {
            int taken = place.taken(size, true);
            int kept = place.before & ~taken;
            boolean toVirtual = place == Place.PROTECTED_KERNEL && size == 4; // that is another instruction
            int image = toVirtual ? ALL & ~Control.VM : ALL;
            assertEquals(flags(taken | kept), flags(returned(place, size, place.before, image)), "of 1, " + size);
            int before = HARMLESS | place.before;
            assertEquals(flags(before & ~taken), flags(returned(place, size, before, 0)), "of 0, " + size);
        }
    }

    private static String flags(int value) {
        return Integer.toHexString(value);
    }

    /** Version 3 loaded them. */
    @Test
    void realModeOfEarlierVersionsLoadedTheVirtualInterruptFlags() {
        try (TinyGuest guest = TinyGuest.real(3)) {
            put(guest, 0, 4, 2);
            put(guest, 1, 4, 0x3000);
            put(guest, 2, 4, VIRTUAL);
            guest.step("66 cf", 1);
            assertEquals(VIRTUAL, guest.cpu.rflags() & VIRTUAL);
        }
    }
}
