package org.retrovisor.monitor.interpreter.system;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.SilentBoundary;
import org.retrovisor.monitor.engines.OnEachEngine;
import org.retrovisor.monitor.engines.TestedEngine;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.ProcessorState;
import org.retrovisor.monitor.processor.Segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** INIT and startup interrupts (Intel SDM volume 3, sections 9.4 and 10.1). */
@OnEachEngine
class InitTest {
    @Test
    void initStartsTheBootstrapProcessorAnewButKeepsVectorState() {
        try (TinyGuest guest = TinyGuest.long64()) {
            guest.cpu.xmm[0] = 7;
            guest.cpu.mxcsr = 0x1F81;
            guest.boundary.arrive(1, new Arrival.Init());
            guest.step("90 90 90", 1);
            assertEquals(0xFFF0, guest.register(Processor.RIP));
            assertEquals(0xFFFF_0000L, guest.cpu.segments[Segment.CS].base);
            assertEquals(Control.CR0_ET, guest.cpu.cr0, "CR0.CD stays clear");
            assertEquals(0, guest.cpu.efer);
            assertEquals(CodeSize.BITS_16, guest.cpu.codeSize);
            assertEquals(7, guest.cpu.xmm[0]);
            assertEquals(0x1F81, guest.cpu.mxcsr);
            assertFalse(guest.cpu.awaitsStartup);
        }
    }

    @Test
    void otherProcessorsWaitForTheirStartupInterrupt() {
        try (Machine machine = new Machine(8 << 20, 2, new SilentBoundary(), TestedEngine.current())) {
            Processor second = machine.processor(1);
            second.halted = true;
            second.init();
            assertTrue(second.awaitsStartup);
            assertFalse(second.acceptsInterrupts());
            assertEquals(2, ProcessorState.save(second)[waitsAt(machine)], "the state says so");
            second.startUp(0x9A);
            assertFalse(second.awaitsStartup);
            assertEquals(0x9A00, second.segments[Segment.CS].selector);
            assertEquals(0x9_A000, second.segments[Segment.CS].base);
            assertEquals(0, second.gpr[Processor.RIP]);
            second.startUp(0x10);
            assertEquals(0x9A00, second.segments[Segment.CS].selector, "a second one is ignored");
        }
    }

    /** Where the state says what a processor is at: found by the difference between a halted and a running one. */
    private static int waitsAt(Machine machine) {
        Processor first = machine.processor(0);
        byte[] running = ProcessorState.save(first);
        first.halted = true;
        byte[] halted = ProcessorState.save(first);
        first.halted = false;
        return Arrays.mismatch(running, halted);
    }

    @Test
    void aStateThatWaitsIsRestored() {
        try (Machine machine = new Machine(8 << 20, 2, new SilentBoundary(), TestedEngine.current())) {
            Processor second = machine.processor(1);
            second.init();
            byte[] state = ProcessorState.save(second);
            second.startUp(1);
            ProcessorState.restore(second, state);
            assertTrue(second.awaitsStartup);
        }
    }
}
