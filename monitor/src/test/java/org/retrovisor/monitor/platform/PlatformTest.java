package org.retrovisor.monitor.platform;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.DebugStops;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PlatformTest {
    private static final long MEMORY = 2L << 20;
    private static final long APIC = Addresses.LOCAL_APIC;
    private static final int VECTOR = 0x40;

    private final StringBuilder console = new StringBuilder();
    private final long[] hostNanos = {1_000};
    private Machine machine;
    private Platform platform;
    private Processor cpu;

    /** Executes nothing: these tests set the moment themselves. */
    private static final class NoEngine implements Engine {
        @Override
        public Exit run(Processor processor, long limit) {
            throw new AssertionError("nothing is executed here");
        }

        @Override
        public long unsettled() {
            return 0;
        }

        @Override
        public void codeWritten(int frame, int offset, int length) {}

        @Override
        public DebugStops debugStops() {
            return new DebugStops();
        }

        @Override
        public void forgetCode() {}
    }

    private void build(PlatformConfig config) {
        platform = new Platform(config);
        machine = new Machine(MEMORY, 1, platform, owner -> new NoEngine());
        cpu = machine.processor(0);
        cpu.systemFlags |= Control.IF;
    }

    private void buildSteps() {
        build(PlatformConfig.steps(MEMORY, value -> console.append((char) value)));
    }

    private void buildHost(ByteSource input, Waiter waiter) {
        build(PlatformConfig.steps(MEMORY, value -> console.append((char) value))
                .withTime(new HostClock(() -> hostNanos[0], waiter, 20_000), 0, () -> 7).withInput(input));
    }

    @AfterEach
    void close() {
        machine.close();
    }

    private void armTimer(long count) {
        platform.write(cpu, Space.MMIO, APIC + 0x3E0, 4, 0xB);
        platform.write(cpu, Space.MMIO, APIC + 0x320, 4, VECTOR);
        platform.write(cpu, Space.MMIO, APIC + 0x380, 4, count);
    }

    @Test
    void by_steps_a_timer_is_due_at_its_exact_moment() {
        buildSteps();
        machine.setMoment(50);
        armTimer(1_000);
        assertEquals(150, platform.nextAttention(cpu));
        machine.setMoment(149);
        assertSame(Arrival.NONE, platform.arrival(cpu));
        machine.setMoment(150);
        assertEquals(new Arrival.Interrupt(VECTOR), platform.arrival(cpu));
        assertSame(Arrival.NONE, platform.arrival(cpu));
    }

    @Test
    void a_deadline_that_comes_nearer_asks_for_attention() {
        buildSteps();
        platform.nextAttention(cpu);
        cpu.clearAttention();
        platform.write(cpu, Space.PORT, 0x80, 1, 0);
        assertFalse(cpu.wantsAttention());
        armTimer(1_000);
        assertTrue(cpu.wantsAttention());
    }

    @Test
    void an_interrupt_waits_for_a_processor_that_takes_none() {
        buildSteps();
        armTimer(10);
        cpu.systemFlags &= ~Control.IF;
        machine.setMoment(100);
        cpu.clearAttention();
        assertSame(Arrival.NONE, platform.arrival(cpu));
        assertFalse(cpu.wantsAttention());
        cpu.systemFlags |= Control.IF;
        assertTrue(cpu.wantsAttention(), "the window was asked for");
        assertEquals(new Arrival.Interrupt(VECTOR), platform.arrival(cpu));
    }

    @Test
    void an_interrupt_raised_by_an_access_is_asked_for_at_once() {
        buildSteps();
        platform.nextAttention(cpu);
        cpu.clearAttention();
        platform.write(cpu, Space.MMIO, APIC + 0x300, 4, 0x4_0051);
        assertTrue(cpu.wantsAttention());
        assertEquals(new Arrival.Interrupt(0x51), platform.arrival(cpu));
    }

    @Test
    void a_processor_in_an_nmi_handler_gets_the_next_nmi_afterwards() {
        buildSteps();
        platform.raiseNmi();
        cpu.nmiBlocked = true;
        assertSame(Arrival.NONE, platform.arrival(cpu));
        assertEquals(1_000, platform.nextAttention(cpu));
        cpu.nmiBlocked = false;
        assertEquals(new Arrival.NonMaskable(), platform.arrival(cpu));
        assertSame(Arrival.NONE, platform.arrival(cpu));
    }

    /** As MOV SS and POP SS hold back all interrupts, and both makers' processors NMIs behind STI, too. */
    @Test
    void an_nmi_waits_for_the_end_of_an_interrupt_shadow() {
        buildSteps();
        platform.raiseNmi();
        cpu.interruptShadow = true;
        assertSame(Arrival.NONE, platform.arrival(cpu));
        assertEquals(1, platform.nextAttention(cpu));
        cpu.interruptShadow = false;
        assertEquals(new Arrival.NonMaskable(), platform.arrival(cpu));
    }

    @Test
    void by_steps_an_idle_processor_skips_to_the_next_deadline() {
        buildSteps();
        armTimer(1_000_000);
        platform.idle(cpu);
        assertEquals(0, machine.moment());
        assertEquals(1_000_000, platform.timestamp(cpu));
        assertEquals(new Arrival.Interrupt(VECTOR), platform.arrival(cpu));
    }

    @Test
    void by_steps_an_idle_processor_that_nothing_can_wake_ends_the_run() {
        buildSteps();
        platform.idle(cpu);
        assertEquals(new Arrival.Stop(StopReason.HALTED), platform.arrival(cpu));
    }

    @Test
    void by_steps_scripted_input_wakes_an_idle_processor() {
        build(PlatformConfig.steps(MEMORY, value -> {})
                .withInput(new ScriptedInput().type(5_000, new byte[]{'x', 'y'})));
        platform.write(cpu, Space.PORT, 0x3FA, 1, 0x01);
        platform.idle(cpu);
        assertEquals(5_000, platform.timestamp(cpu));
        platform.arrival(cpu);
        assertEquals('x', platform.read(cpu, Space.PORT, 0x3F8, 1));
        assertEquals('y', platform.read(cpu, Space.PORT, 0x3F8, 1));
    }

    @Test
    void input_waits_while_the_serial_port_has_no_room() {
        build(PlatformConfig.steps(MEMORY, value -> {})
                .withInput(new ScriptedInput().type(0, new byte[]{'1', '2', '3'})));
        platform.arrival(cpu);
        platform.nextAttention(cpu);
        cpu.clearAttention();
        assertEquals('1', platform.read(cpu, Space.PORT, 0x3F8, 1));
        assertTrue(cpu.wantsAttention(), "there is room for the next byte");
        platform.arrival(cpu);
        assertEquals('2', platform.read(cpu, Space.PORT, 0x3F8, 1));
    }

    @Test
    void by_the_hosts_clock_devices_are_looked_at_once_per_slice() {
        buildHost(ByteSource.SILENT, nanos -> {});
        armTimer(5_000);
        assertEquals(20_000, platform.nextAttention(cpu));
        assertSame(Arrival.NONE, platform.arrival(cpu));
        hostNanos[0] += 6_000;
        assertEquals(new Arrival.Interrupt(VECTOR), platform.arrival(cpu));
        assertEquals(6_000, platform.timestamp(cpu));
        assertEquals(7, platform.random(cpu));
    }

    @Test
    void by_the_hosts_clock_an_idle_processor_sleeps_until_the_deadline() {
        buildHost(ByteSource.SILENT, nanos -> hostNanos[0] += nanos);
        armTimer(5_000_000);
        platform.idle(cpu);
        assertEquals(5_001_000, hostNanos[0]);
        assertEquals(new Arrival.Interrupt(VECTOR), platform.arrival(cpu));
    }

    @Test
    void a_processor_with_an_interrupt_waiting_does_not_sleep() {
        buildHost(ByteSource.SILENT, nanos -> {
            throw new AssertionError("slept");
        });
        platform.write(cpu, Space.MMIO, APIC + 0x300, 4, 0x4_0051);
        platform.idle(cpu);
        assertEquals(new Arrival.Interrupt(0x51), platform.arrival(cpu));
    }

    @Test
    void what_the_guest_writes_to_its_console_comes_out() {
        buildSteps();
        for (char c : "boot\n".toCharArray()) {
            platform.write(cpu, Space.PORT, 0x3F8, 1, c);
        }
        assertEquals("boot\n", console.toString());
    }

    @Test
    void the_first_reason_to_stop_counts() {
        buildSteps();
        platform.nextAttention(cpu);
        cpu.clearAttention();
        platform.write(cpu, Space.PORT, 0xF4, 1, 0x21);
        assertTrue(cpu.wantsAttention());
        platform.write(cpu, Space.PORT, 0x64, 1, 0xFE);
        assertEquals(new Arrival.Stop(StopReason.DEBUG_EXIT), platform.arrival(cpu));
        assertEquals(0x21, platform.debugExitValue());
    }

    @Test
    void a_panic_that_the_guest_reports_is_noted_and_does_not_stop_it() {
        buildSteps();
        assertFalse(platform.panicReported());
        platform.write(cpu, Space.PORT, 0x505, 1, 1);
        assertTrue(platform.panicReported());
        assertSame(Arrival.NONE, platform.arrival(cpu));
    }

    @Test
    void a_restored_platform_goes_on_at_the_same_moment() throws IOException {
        buildSteps();
        platform.write(cpu, Space.MMIO, APIC + 0x320, 4, 0x2_0000 | VECTOR);
        platform.write(cpu, Space.MMIO, APIC + 0x380, 4, 777);
        platform.idle(cpu);
        machine.setMoment(5);
        var bytes = new ByteArrayOutputStream();
        platform.save(new DataOutputStream(bytes), 5);
        Arrival expected = platform.arrival(cpu);
        long time = platform.timestamp(cpu);
        machine.close();

        buildSteps();
        machine.setMoment(5);
        platform.restore(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())), 5);
        assertEquals(time, platform.timestamp(cpu));
        assertEquals(expected, platform.arrival(cpu));
        assertEquals(new Arrival.Interrupt(VECTOR), expected);
    }
}
