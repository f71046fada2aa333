package org.retrovisor.replay.symbols;

import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KernelSymbolsTest {
    private static final long MOVED = 0x1220_0000;

    @ParameterizedTest
    @EnumSource
    void everySymbolIsFoundWithItsTypeAndAddress(SyntheticKernel.Layout layout) throws Exception {
        SyntheticKernel guest = new SyntheticKernel(layout, 0);
        KernelSymbols found = KernelSymbols.find(guest);
        assertEquals(guest.symbols, found.symbols());
        assertEquals(guest.banner, found.banner());
        assertEquals(guest.systemCallEntry, found.address("entry_SYSCALL_64").orElseThrow());
        assertTrue(found.address("no_such_symbol").isEmpty());
    }

    @ParameterizedTest
    @EnumSource
    void aKernelThatMovedAtBootIsFoundWhereItIs(SyntheticKernel.Layout layout) throws Exception {
        SyntheticKernel guest = new SyntheticKernel(layout, MOVED);
        KernelSymbols found = KernelSymbols.find(guest);
        assertEquals(SyntheticKernel.LINKED + MOVED, found.address("_text").orElseThrow());
        assertEquals(guest.symbols, found.symbols());
    }

    @Test
    void inUserModeTheKernelsHalfOfThePageTablesIsTheOtherPage() throws Exception {
        SyntheticKernel guest = new SyntheticKernel(SyntheticKernel.Layout.ORIGINAL, 0);
        guest.root = 0x7000;
        guest.entry(0x6000, 511, 0x3000);
        assertEquals(guest.symbols, KernelSymbols.find(guest).symbols());
    }

    @Test
    void beforeTheKernelHasSetUpItsSystemCallsItsSymbolsAreThere() throws Exception {
        SyntheticKernel guest = new SyntheticKernel(SyntheticKernel.Layout.ORIGINAL, 0);
        guest.systemCallEntry = 0;
        assertEquals(guest.symbols, KernelSymbols.find(guest).symbols());
    }

    @Test
    void fiveLevelsOfPageTablesAreWalked() throws Exception {
        SyntheticKernel guest = new SyntheticKernel(SyntheticKernel.Layout.ADDRESSES_LAST, 0);
        guest.levels = 5;
        guest.root = 0x8000;
        guest.entry(0x8000, 511, 0x1000);
        assertEquals(guest.symbols, KernelSymbols.find(guest).symbols());
    }

    @Test
    void aSystemCallEntryOfAnotherNameMeansThatTheAddressesAreWrong() {
        SyntheticKernel guest = new SyntheticKernel(SyntheticKernel.Layout.ORIGINAL, 0);
        guest.systemCallEntry += 64;
        assertEquals("no kernel symbols found: this kernel's symbol table is damaged, or of a kind that is not known"
                + " here: " + "Linux version ", failure(guest).replaceFirst("version .*", "version "));
    }

    @Test
    void beforeLongModeThereAreNone() {
        SyntheticKernel guest = new SyntheticKernel(SyntheticKernel.Layout.ORIGINAL, 0);
        guest.levels = 0;
        assertEquals("no kernel symbols found: the guest is not in 64-bit mode here", failure(guest));
    }

    @Test
    void whatIsNotMappedIsNamed() {
        SyntheticKernel guest = new SyntheticKernel(SyntheticKernel.Layout.ORIGINAL, 0);
        guest.entry(0x3000, 510, 0);
        assertEquals("no kernel symbols found: the page tables map nothing at ffffffff80000000, where Linux has its"
                + " kernel", failure(guest));
    }

    @Test
    void anotherKernelThanLinuxIsNotSearched() {
        SyntheticKernel guest = new SyntheticKernel(SyntheticKernel.Layout.ORIGINAL, 0);
        for (int i = 0; i < guest.memory.length; i++) {
            guest.memory[i] = guest.memory[i] == 'L' ? (byte) 'l' : guest.memory[i];
        }
        assertEquals("no kernel symbols found: what is mapped at ffffffff81000000 does not call itself Linux",
                failure(guest));
    }

    @Test
    void aKernelWithoutSymbolTableIsNamed() {
        SyntheticKernel guest = new SyntheticKernel(SyntheticKernel.Layout.ORIGINAL, 0);
        Arrays.fill(guest.memory, guest.tableStart, guest.tableEnd, (byte) 0);
        assertTrue(failure(guest).startsWith("no kernel symbols found: this kernel has no symbol table in its memory"
                + " (CONFIG_KALLSYMS): Linux version"));
    }

    @Test
    void damageAnywhereEndsInSymbolsOrInASentence() {
        long seed = 20;
        Random random = new Random(seed);
        int refused = 0;
        for (int round = 0; round < 150; round++) {
            SyntheticKernel.Layout[] layouts = SyntheticKernel.Layout.values();
            SyntheticKernel guest = new SyntheticKernel(layouts[round % layouts.length], 0, KernelElfTest.UNWIND);
            for (int i = 0; i <= round % 5; i++) {
                int at = guest.tableStart + random.nextInt(guest.tableEnd - guest.tableStart);
                guest.memory[at] = (byte) random.nextInt();
            }
            refused += refuses(guest, "seed " + seed + ", round " + round) ? 1 : 0;
        }
        assertTrue(refused > 20, "refused only " + refused);
    }

    @Test
    void memoryFullOfAnythingIsRefusedInBoundedTime() {
        long seed = 21;
        Random random = new Random(seed);
        for (int round = 0; round < 30; round++) {
            SyntheticKernel guest = new SyntheticKernel(SyntheticKernel.Layout.ORIGINAL, 0);
            int from = round % 2 == 0 ? 0 : guest.tableStart;
            byte[] noise = new byte[guest.memory.length - from];
            random.nextBytes(noise);
            System.arraycopy(noise, 0, guest.memory, from, noise.length);
            guest.root = round % 3 == 0 ? random.nextLong() : guest.root;
            assertTrue(refuses(guest, "seed " + seed + ", round " + round));
        }
    }

    @Test
    void pageTablesThatPointToThemselvesAreWalkedOnce() {
        SyntheticKernel guest = new SyntheticKernel(SyntheticKernel.Layout.ORIGINAL, 0);
        for (int i = 0; i < 512; i++) {
            guest.entry(0x1000, i, 0x1000);
        }
        assertTrue(refuses(guest, "tables in a circle"));
    }

    private static boolean refuses(SyntheticKernel guest, String what) {
        return assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            try {
                KernelSymbols found = KernelSymbols.find(guest);
                OrcTable.of(found);
                return false;
            } catch (KernelSymbolsException e) {
                assertTrue(e.getMessage().startsWith("no kernel symbols found: "), what);
                return true;
            }
        }, what);
    }

    private static String failure(GuestView guest) {
        return assertThrows(KernelSymbolsException.class, () -> KernelSymbols.find(guest)).getMessage();
    }
}
