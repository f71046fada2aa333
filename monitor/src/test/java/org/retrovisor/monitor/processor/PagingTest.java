package org.retrovisor.monitor.processor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.SilentBoundary;
import org.retrovisor.monitor.interpreter.Interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Paging in all modes and with pages of all sizes against the rules of SDM volume 3, sections 4.3 to 4.8: where a page
 * lies, who may do what, which bits are reserved, what is left in accessed and dirty bits, and the error code.
 */
class PagingTest {
    private static final long LINEAR = 0x1_2345L;
    private static final long PRESENT = 1;
    private static final long WRITABLE = 2;
    private static final long USER = 4;
    private static final long ACCESSED = 0x20;
    private static final long DIRTY = 0x40;
    private static final long LARGE = 0x80;
    private static final long NX = 1L << 63;
    private static final long ALL_RIGHTS = PRESENT | WRITABLE | USER;

    /** A mode and the size of its page: bits of the offset, levels of tables, bytes of an entry. */
    enum Layout {
        LONG_4K(12, 4, 8), LONG_2M(21, 3, 8), LONG_1G(30, 2, 8), PAE_4K(12, 3, 8), PAE_2M(21, 2, 8), LEGACY_4K(12, 2,
                4), LEGACY_4M(22, 1, 4);

        private final int shift;
        private final int levels;
        private final int entryBytes;

        Layout(int shift, int levels, int entryBytes) {
            this.shift = shift;
            this.levels = levels;
            this.entryBytes = entryBytes;
        }

        private boolean isLong() {
            return name().startsWith("LONG");
        }

        private boolean isPae() {
            return name().startsWith("PAE");
        }

        private boolean large() {
            return shift > 12;
        }

        /** Whether a level of tables is the four pointers of PAE paging, which have no rights and no accessed bit. */
        private boolean isPointer(int level) {
            return isPae() && level == 0;
        }
    }

    /** Where pages lie: at their natural boundary, and inside RAM. */
    private static long base(Layout layout) {
        return switch (layout) {
            case LONG_1G -> 0;
            case LONG_2M, PAE_2M -> 0x20_0000;
            case LEGACY_4M -> 0x40_0000;
            default -> 0x30_0000;
        };
    }

    private final Machine machine = new Machine(8 << 20, 1, new SilentBoundary(), Interpreter::new);
    private final Processor cpu = machine.processor(0);

    @AfterEach
    void close() {
        machine.close();
    }

    private void mode(Layout layout, long moreCr0, long moreCr4) {
        cpu.cr0 = Control.CR0_PE | Control.CR0_PG | Control.CR0_ET | moreCr0;
        cpu.cr4 = (layout.entryBytes == 8 ? Control.CR4_PAE : Control.CR4_PSE) | moreCr4;
        cpu.efer = layout.isLong()
                ? Control.EFER_LME | Control.EFER_LMA | Control.EFER_NXE
                : layout.isPae() ? Control.EFER_NXE : 0;
        cpu.cr3 = 0x1000;
        cpu.systemFlags = 0;
        cpu.setCpl(0);
        for (int level = 0; level < layout.levels; level++) {
            put(layout, level, entry(layout, level));
        }
        cpu.mmu.pointers().load();
        cpu.mmu.flush();
    }

    private static boolean leaf(Layout layout, int level) {
        return level == layout.levels - 1;
    }

    private static long entry(Layout layout, int level) {
        if (leaf(layout, level)) {
            return base(layout) | ALL_RIGHTS | (layout.large() ? LARGE : 0);
        }
        return 0x2000 + 0x1000L * level | (layout.isPointer(level) ? PRESENT : ALL_RIGHTS);
    }

    /** The address of the entry that translates {@link #LINEAR} at a level. */
    private static long entryAt(Layout layout, int level) {
        int bits = layout.entryBytes == 8 ? 9 : 10;
        int shift = layout.shift + bits * (layout.levels - 1 - level);
        return 0x1000 + 0x1000L * level + (LINEAR >>> shift & (1 << bits) - 1) * layout.entryBytes;
    }

    private void put(Layout layout, int level, long value) {
        byte[] bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
        machine.memory().write(entryAt(layout, level),
                layout.entryBytes == 8 ? bytes : java.util.Arrays.copyOf(bytes, 4));
        if (layout.isPointer(level)) {
            cpu.mmu.pointers().load();
            cpu.mmu.flush();
        }
    }

    private long get(Layout layout, int level) {
        byte[] bytes = new byte[8];
        machine.memory().read(entryAt(layout, level), bytes, 0, layout.entryBytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** The error code of the page fault, or nothing when there is none. */
    private OptionalInt access(int kind) {
        try {
            switch (kind) {
                case PageWalker.READ -> cpu.mmu.load8(LINEAR);
                case PageWalker.WRITE -> cpu.mmu.store8(LINEAR, 1);
                default -> cpu.mmu.fetchAddress(LINEAR);
            }
            return OptionalInt.empty();
        } catch (GuestFault fault) {
            assertEquals(Vector.PF, fault.vector());
            assertEquals(LINEAR, fault.address());
            return OptionalInt.of(fault.errorCode());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPageLiesWhereItsEntrySays(Layout layout) {
        mode(layout, 0, 0);
        long physical = base(layout) + (LINEAR & (1L << layout.shift) - 1);
        machine.memory().write(physical, new byte[]{0x5A});
        assertEquals(0x5A, cpu.mmu.load8(LINEAR));
        assertEquals(physical, cpu.mmu.fetchAddress(LINEAR));
        assertEquals(physical, cpu.mmu.peek(LINEAR));
    }

    @ParameterizedTest
    @EnumSource
    void readsSetAccessedOnAllLevelsAndWritesSetDirtyOnTheLast(Layout layout) {
        mode(layout, 0, 0);
        for (int kind : new int[]{PageWalker.READ, PageWalker.WRITE}) {
            access(kind);
            for (int level = 0; level < layout.levels; level++) {
                long dirty = leaf(layout, level) && kind == PageWalker.WRITE ? DIRTY : 0;
                long wanted = layout.isPointer(level) ? 0 : ACCESSED | dirty;
                assertEquals(entry(layout, level) | wanted, get(layout, level), "level " + level);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEntryThatIsNotPresentFaultsOnEachLevelWhateverElseItHolds(Layout layout) {
        for (int level = 0; level < layout.levels; level++) {
            mode(layout, 0, 0);
            put(layout, level, -1L & ~PRESENT);
            assertEquals(OptionalInt.of(0), access(PageWalker.READ), "level " + level);
            cpu.setCpl(3);
            assertEquals(OptionalInt.of(PageWalker.ERROR_USER | PageWalker.ERROR_WRITE), access(PageWalker.WRITE));
        }
    }

    @ParameterizedTest
    @EnumSource
    void rightsAreThoseOfAllLevelsTogether(Layout layout) {
        for (int level = 0; level < layout.levels; level++) {
            if (layout.isPointer(level)) {
                continue;
            }
            for (int combination = 0; combination < 1 << 8; combination++) {
                tryRights(layout, level, combination);
            }
        }
    }

    /** Eight switches: three rights taken away on one level, WP, SMEP, SMAP, AC, level 3. */
    private void tryRights(Layout layout, int level, int combination) {
        boolean readOnly = (combination & 1) != 0;
        boolean supervisor = (combination & 2) != 0;
        boolean noExecute = (combination & 4) != 0 && layout.entryBytes == 8;
        boolean wp = (combination & 8) != 0;
        boolean smep = (combination & 16) != 0;
        boolean smap = (combination & 32) != 0;
        boolean ac = (combination & 64) != 0;
        boolean asUser = (combination & 128) != 0;
        for (int kind : new int[]{PageWalker.READ, PageWalker.WRITE, PageWalker.FETCH}) {
            mode(layout, wp ? Control.CR0_WP : 0,
                    (smep ? Control.CR4_SMEP : 0) | (smap ? Control.CR4_SMAP : 0));
            put(layout, level, entry(layout, level) & ~(readOnly ? WRITABLE : 0) & ~(supervisor ? USER : 0)
                    | (noExecute ? NX : 0));
            cpu.systemFlags = ac ? Control.AC : 0;
            cpu.setCpl(asUser ? 3 : 0);
            cpu.mmu.flush();
            boolean allowed = switch (kind) {
                case PageWalker.READ -> asUser ? !supervisor : supervisor || !smap || ac;
                case PageWalker.WRITE -> asUser
                        ? !supervisor && !readOnly
                        : (supervisor || !smap || ac) && !(wp && readOnly);
                default -> !noExecute && (asUser ? !supervisor : supervisor || !smep);
            };
            int reported = kind == PageWalker.FETCH && layout.entryBytes == 4 && !smep ? 0 : kind;
            int errorCode = PageWalker.ERROR_PRESENT | reported | (asUser ? PageWalker.ERROR_USER : 0);
            assertEquals(allowed ? OptionalInt.empty() : OptionalInt.of(errorCode), access(kind),
                    () -> "level %d, combination %x, access %x".formatted(level, combination, kind));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "LONG_4K, 0, 7", "LONG_4K, 0, 40", "LONG_4K, 1, 51", "LONG_4K, 2, 45", "LONG_4K, 3, 40", "LONG_2M, 2, 13",
        "LONG_2M, 2, 20", "LONG_2M, 2, 41", "LONG_1G, 1, 13", "LONG_1G, 1, 29", "LONG_1G, 1, 50", "PAE_4K, 1, 40",
        "PAE_4K, 2, 51", "PAE_4K, 2, 52", "PAE_4K, 1, 62", "PAE_2M, 1, 13", "PAE_2M, 1, 20", "PAE_2M, 1, 57",
        "LEGACY_4M, 0, 21"})
    void reservedBitsFault(Layout layout, int level, int bit) {
        mode(layout, 0, 0);
        put(layout, level, entry(layout, level) | 1L << bit);
        int code = PageWalker.ERROR_PRESENT | PageWalker.ERROR_RESERVED;
        assertEquals(OptionalInt.of(code), access(PageWalker.READ));
        cpu.setCpl(3);
        assertEquals(OptionalInt.of(code | PageWalker.ERROR_USER | PageWalker.ERROR_WRITE), access(PageWalker.WRITE));
    }

    @ParameterizedTest
    @CsvSource({"LONG_4K, 3, 52", "LONG_4K, 0, 62", "LONG_4K, 3, 9", "LONG_2M, 2, 12", "PAE_4K, 2, 11",
        "LEGACY_4K, 1, 7"})
    void otherBitsDoNot(Layout layout, int level, int bit) {
        mode(layout, 0, 0);
        put(layout, level, entry(layout, level) | 1L << bit);
        assertEquals(OptionalInt.empty(), access(PageWalker.READ));
    }

    @ParameterizedTest
    @EnumSource(names = {"LONG_4K", "LONG_2M", "LONG_1G", "PAE_4K", "PAE_2M"})
    void noExecuteIsReservedUntilItIsEnabled(Layout layout) {
        mode(layout, 0, 0);
        put(layout, layout.levels - 1, entry(layout, layout.levels - 1) | NX);
        cpu.efer &= ~Control.EFER_NXE;
        cpu.mmu.flush();
        assertEquals(OptionalInt.of(PageWalker.ERROR_PRESENT | PageWalker.ERROR_RESERVED), access(PageWalker.READ));
    }

    @ParameterizedTest
    @EnumSource(names = {"LEGACY_4M"})
    void withoutPageSizeExtensionsALargeEntryLeadsToATable(Layout layout) {
        mode(layout, 0, 0);
        cpu.cr4 &= ~Control.CR4_PSE;
        cpu.mmu.flush();
        assertEquals(OptionalInt.of(0), access(PageWalker.READ), "the table is empty");
    }

    /** Bits 13 to 20 of an entry of 4 MiB are bits 32 to 39 of the address (SDM volume 3, section 4.3). */
    @Test
    void aPageOf4MiBMayLieAbove4GiB() {
        for (int bit = 13; bit <= 20; bit++) {
            mode(Layout.LEGACY_4M, 0, 0);
            put(Layout.LEGACY_4M, 0, entry(Layout.LEGACY_4M, 0) | 1L << bit);
            long physical = base(Layout.LEGACY_4M) + LINEAR | 1L << bit + 19;
            assertEquals(physical, cpu.mmu.peek(LINEAR));
            String asked = assertThrows(IllegalStateException.class, () -> cpu.mmu.load8(LINEAR)).getMessage();
            assertTrue(asked.endsWith(Long.toHexString(physical)), asked); // there is no RAM
        }
    }
}
