package org.retrovisor.monitor.processor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.SilentBoundary;
import org.retrovisor.monitor.interpreter.Interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The pointers of PAE paging are registers that CR3 loads. */
class PagePointersTest {
    private static final long POINTERS = 0x1000;
    private static final long OTHER_POINTERS = 0x1020;
    /** Two directories, which map the first 2 MiB to the first and to the second. */
    private static final long FIRST = 0x2000;
    private static final long SECOND = 0x3000;
    private static final long LINEAR = 0x1_0000;
    private static final long RESERVED = 0x21;

    private Machine machine = guest(ModelChange.currentVersion());
    private Processor cpu = machine.processor(0);

    @AfterEach
    void close() {
        machine.close();
    }

    private static Machine guest(int version) {
        Machine made = new Machine(8 << 20, 1, CpuModel.V2, version, new SilentBoundary(), Interpreter::new);
        put(made, FIRST, 0x83);
        put(made, SECOND, 0x20_0083);
        put(made, POINTERS, FIRST | 1);
        put(made, OTHER_POINTERS, SECOND | 1);
        made.memory().write(LINEAR, new byte[]{1});
        made.memory().write(0x20_0000 + LINEAR, new byte[]{2});
        Processor processor = made.processor(0);
        ControlRegisters.setCr0(processor, Control.CR0_PE | Control.CR0_ET);
        ControlRegisters.setCr3(processor, POINTERS);
        ControlRegisters.setCr4(processor, Control.CR4_PAE);
        ControlRegisters.setCr0(processor, Control.CR0_PE | Control.CR0_ET | Control.CR0_PG);
        return made;
    }

    private void version(int version) {
        machine.close();
        machine = guest(version);
        cpu = machine.processor(0);
    }

    private static void put(Machine machine, long address, long value) {
        machine.memory().write(address,
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    private void put(long address, long value) {
        put(machine, address, value);
    }

    private void assertPage(int number) {
        assertEquals(number, cpu.mmu.load8(LINEAR));
        assertEquals(number == 1 ? LINEAR : 0x20_0000 + LINEAR, cpu.mmu.peek(LINEAR));
    }

    @Test
    void whatMemoryHoldsLaterCountsFromTheNextLoadOfCr3On() {
        assertPage(1);
        put(POINTERS, SECOND | 1);
        cpu.mmu.flush();
        assertPage(1);
        ControlRegisters.setCr3(cpu, POINTERS);
        assertPage(2);
    }

    @Test
    void anAddressSpaceThatIsLeftAndEnteredAgainHasThePointersOfNow() {
        put(POINTERS, SECOND | 1);
        assertPage(1);
        ControlRegisters.setCr3(cpu, OTHER_POINTERS);
        assertPage(2);
        put(OTHER_POINTERS, FIRST | 1);
        ControlRegisters.setCr3(cpu, POINTERS);
        assertPage(2);
        ControlRegisters.setCr3(cpu, OTHER_POINTERS);
        assertPage(1);
    }

    @Test
    void changesOfPagingLoadThem() {
        put(POINTERS, SECOND | 1);
        ControlRegisters.setCr4(cpu, Control.CR4_PAE | Control.CR4_PGE);
        assertPage(2);
        put(POINTERS, FIRST | 1);
        ControlRegisters.setCr0(cpu, cpu.cr0 | Control.CR0_WP);
        assertPage(2);
        ControlRegisters.setCr0(cpu, cpu.cr0 | Control.CR0_CD);
        assertPage(1);
    }

    @Test
    void reservedBitsAreRefusedBeforeAnythingIsLoaded() {
        put(POINTERS + 8, RESERVED);
        long cr4 = cpu.cr4;
        assertEquals(Vector.GP, assertThrows(GuestFault.class,
                () -> ControlRegisters.setCr4(cpu, cr4 | Control.CR4_SMEP)).vector());
        assertEquals(cr4, cpu.cr4);
        long cr0 = cpu.cr0;
        assertThrows(GuestFault.class, () -> ControlRegisters.setCr0(cpu, cr0 | Control.CR0_CD));
        assertEquals(cr0, cpu.cr0);
        assertThrows(GuestFault.class, () -> ControlRegisters.setCr3(cpu, POINTERS));
        ControlRegisters.setCr4(cpu, cr4 | Control.CR4_OSFXSR); // loads no pointers
        assertPage(1);
    }

    @Test
    void aStateHoldsThemWhenMemoryHoldsOthers() {
        byte[] plain = ProcessorState.save(cpu);
        put(POINTERS, SECOND | 1);
        byte[] kept = ProcessorState.save(cpu);
        assertEquals(plain.length + 8 * PagePointers.COUNT, kept.length);
        ControlRegisters.setCr3(cpu, POINTERS);
        assertPage(2);
        ProcessorState.restore(cpu, kept);
        assertPage(1);
        ProcessorState.restore(cpu, plain);
        assertPage(2);
    }

    @Test
    void aStateWithPointersThatCannotBeLoadedIsRefused() {
        put(POINTERS, SECOND | 1);
        byte[] state = ProcessorState.save(cpu);
        state[state.length - 8 * PagePointers.COUNT + 7] |= 0x20;
        String message = assertThrows(IllegalArgumentException.class, () -> ProcessorState.restore(cpu, state))
                .getMessage();
        assertTrue(message.contains("pointers of PAE paging"), message);
        assertPage(1);
        byte[] cut = Arrays.copyOf(state, state.length - 1);
        assertThrows(IllegalArgumentException.class, () -> ProcessorState.restore(cpu, cut));
    }

    @Test
    void theFirstVersionOfTheModelsReadsThemWithEachWalk() {
        version(ModelChange.FIRST_VERSION);
        assertPage(1);
        put(POINTERS, SECOND | 1);
        assertPage(2);
        put(POINTERS, FIRST | 1);
        assertPage(1);
    }

    /** Bits 3, 4, 9 to 11 and the address of 40 bits may be anything, and all bits of a pointer that is not present. */
    @Test
    void theReservedBitsOfAPointerThatIsPresentAreRefused() {
        for (int bit = 1; bit < 64; bit++) {
            boolean reserved = bit == 1 || bit == 2 || bit >= 5 && bit <= 8 || bit >= 40;
            put(POINTERS + 16, 1L << bit);
            ControlRegisters.setCr3(cpu, POINTERS);
            put(POINTERS + 16, 1L << bit | 1);
            if (reserved) {
                GuestFault fault = assertThrows(GuestFault.class, () -> ControlRegisters.setCr3(cpu, POINTERS));
                assertEquals(Vector.GP, fault.vector(), "bit " + bit);
                assertEquals(0, fault.errorCode());
            } else {
                ControlRegisters.setCr3(cpu, POINTERS);
            }
        }
    }
}
