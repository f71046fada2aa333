package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.retrovisor.monitor.boundary.Space;

/**
 * The machine's main board: all devices, where they answer and how their interrupts are wired. The constructor reads
 * from top to bottom as the assembly plan.
 *
 * <p>It knows guest time only as it is told, and processors only by number.
 */
final class Board {
    /** Model-specific registers of the platform. */
    static final int IA32_APIC_BASE = 0x1B;

    static final int IA32_TSC_DEADLINE = 0x6E0;

    private static final long PAGE_MASK = ~0xFFFL;
    private static final long LOW_MEMORY_LIMIT = 3L << 30;

    private final AddressMap ports = new AddressMap();
    private final AddressMap memory = new AddressMap();
    private final List<LocalApic> apics = new ArrayList<>();
    private final List<ApicRegisters> apicPages = new ArrayList<>();
    private final PicPair pics = new PicPair();
    private final IoApic ioApic;
    private final Uart16550 serial;
    private final DebugExitPort debugExit;
    private final PanicPort panic;
    private final AcpiPowerManagement power;
    /** Every device, in the order in which states are saved and deadlines are served. */
    private final List<Device> devices = new ArrayList<>();
    /** The devices with a clock of their own. */
    private final Device[] timed;

    private final AccessListener unclaimed;

    Board(PlatformConfig config, PlatformRequests requests) {
        unclaimed = config.unclaimed();

        // Interrupt controllers: 8259 pair, IOAPIC, one local APIC per processor.
        var bus = new ApicBus();
        ioApic = install(memory, Addresses.IO_APIC, 0x1000, 4, new IoApic(bus));
        for (int id = 0; id < config.processors(); id++) {
            var apic = new LocalApic(id, bus);
            apics.add(apic);
            apicPages.add(add(new ApicRegisters(apic)));
        }
        bus.connect(apics, ioApic);
        install(ports, 0x20, 2, 1, pics.first());
        install(ports, 0xA0, 2, 1, pics.second());
        Device edgeLevel = install(ports, 0x4D0, 2, 1, pics.edgeLevelControl());

        // Clocks and timers.
        var timer = install(ports, 0x40, 4, 1, new Pit8254(irq(Addresses.TIMER_IRQ)));
        install(ports, 0x61, 1, 1, new SystemControlPort(timer));
        long low = Math.min(config.memoryBytes(), LOW_MEMORY_LIMIT);
        var clock = install(ports, Addresses.RTC, 2, 1,
                new CmosRtc(irq(Addresses.RTC_IRQ), config.epochSecond(), low, config.memoryBytes() - low));

        // The console.
        serial = install(ports, Addresses.COM1, 8, 1, new Uart16550(irq(Addresses.COM1_IRQ), config.output()));

        // Power, reset and configuration.
        power = install(ports, Addresses.ACPI_EVENT, AcpiPowerManagement.LENGTH, 4,
                new AcpiPowerManagement(irq(Addresses.SCI_IRQ), requests));
        install(ports, 0x60, 1, 1, 0x64, new KeyboardController(requests));
        install(ports, 0x92, 1, 1, new FastGate(requests));
        install(ports, 0xCF8, 8, 4, new PciHost(requests));

        // Ports for guests that know where they are.
        install(ports, 0x80, 1, 1, new PostPort());
        debugExit = install(ports, Addresses.DEBUG_EXIT, 4, 4, new DebugExitPort(requests));
        panic = install(ports, Addresses.PANIC, 1, 1, new PanicPort());

        timed = timed(timer, clock, power);
        leaveFirmware(edgeLevel);
    }

    /** The settings that firmware would have made before it loads a kernel. */
    private void leaveFirmware(Device edgeLevel) {
        apics.getFirst().enterVirtualWireMode();
        edgeLevel.write(Addresses.SCI_IRQ >> 3, 1, 1 << (Addresses.SCI_IRQ & 7), 0);
    }

    private Device[] timed(Device... more) {
        List<Device> all = new ArrayList<>(apicPages);
        all.add(serial);
        all.addAll(List.of(more));
        return all.toArray(Device[]::new);
    }

    private <D extends Device> D add(D device) {
        devices.add(device);
        return device;
    }

    private <D extends Device> D install(AddressMap map, long base, long length, int width, D device) {
        map.add(base, length, width, device);
        return add(device);
    }

    /** A device with a second register in the same window, the ports between which belong to others. */
    private void install(AddressMap map, long base, long length, int width, long second, Device device) {
        map.add(base, length, width, device);
        map.add(second, length, width, new Shifted(device, second - base));
        add(device);
    }

    /** The wire of ISA interrupt {@code number}: to the 8259 pair and to the IOAPIC. */
    private InterruptLine irq(int number) {
        int input = number == Addresses.TIMER_IRQ ? Addresses.TIMER_INPUT : number;
        return asserted -> {
            pics.line(number, asserted);
            ioApic.line(input, asserted);
            wireLint0();
        };
    }

    private void wireLint0() {
        // Only the bootstrap processor's pin is connected.
        apics.getFirst().lint0(pics.requests());
    }

    // ---- Accesses ----

    long read(int processor, Space space, long address, int size, long now) {
        long value = switch (space) {
            case PORT -> readFrom(ports, space, address, size, now);
            case MMIO -> readMemory(processor, address, size, now);
            case MSR -> readRegister(processor, (int) address, now);
        };
        wireLint0();
        return value;
    }

    void write(int processor, Space space, long address, int size, long value, long now) {
        switch (space) {
            case PORT -> writeTo(ports, space, address, size, value, now);
            case MMIO -> writeMemory(processor, address, size, value, now);
            case MSR -> writeRegister(processor, (int) address, value, now);
        }
        wireLint0();
    }

    private long readMemory(int processor, long address, int size, long now) {
        if ((address & PAGE_MASK) == apics.get(processor).address()) {
            return apicPages.get(processor).read(address & ~PAGE_MASK, size, now);
        }
        return readFrom(memory, Space.MMIO, address, size, now);
    }

    private void writeMemory(int processor, long address, int size, long value, long now) {
        if ((address & PAGE_MASK) == apics.get(processor).address()) {
            apicPages.get(processor).write(address & ~PAGE_MASK, size, value, now);
        } else {
            writeTo(memory, Space.MMIO, address, size, value, now);
        }
    }

    private long readFrom(AddressMap map, Space space, long address, int size, long now) {
        long value = map.read(address, size, now);
        if (!map.claims(address)) {
            unclaimed.unclaimed(space, address, size, false, value);
        }
        return value;
    }

    private void writeTo(AddressMap map, Space space, long address, int size, long value, long now) {
        map.write(address, size, value, now);
        if (!map.claims(address)) {
            unclaimed.unclaimed(space, address, size, true, value);
        }
    }

    private long readRegister(int processor, int register, long now) {
        LocalApic apic = apics.get(processor);
        apic.advance(now);
        return switch (register) {
            case IA32_APIC_BASE -> apic.base();
            case IA32_TSC_DEADLINE -> apic.timer().tscDeadline();
            case Space.CR8 -> apic.taskPriority() >> 4;
            default -> {
                unclaimed.unclaimed(Space.MSR, register, 8, false, 0);
                yield 0;
            }
        };
    }

    private void writeRegister(int processor, int register, long value, long now) {
        LocalApic apic = apics.get(processor);
        apic.advance(now);
        switch (register) {
            case IA32_APIC_BASE -> apic.setBase(value);
            case IA32_TSC_DEADLINE -> apic.timer().setTscDeadline(value);
            case Space.CR8 -> apic.setTaskPriority((int) (value & 0xF) << 4);
            default -> unclaimed.unclaimed(Space.MSR, register, 8, true, value);
        }
    }

    // ---- Time ----

    /** The guest time at which a device wants to act next. */
    long deadline() {
        long earliest = Device.NEVER;
        for (Device device : timed) {
            earliest = Math.min(earliest, device.deadline());
        }
        return earliest;
    }

    /** Does what is due. */
    void advance(long now) {
        for (Device device : timed) {
            if (device.deadline() <= now) {
                device.advance(now);
            }
        }
        wireLint0();
    }

    // ---- Interrupts, as a processor sees them ----

    /** Whether a maskable interrupt waits for the processor. */
    boolean interruptPending(int processor) {
        LocalApic apic = apics.get(processor);
        return apic.deliverable() != VectorSet.NONE || extIntPending(apic);
    }

    private boolean extIntPending(LocalApic apic) {
        return pics.requests() && apic.passesExtInt();
    }

    /** Takes the waiting interrupt into service; answers with its vector. */
    int acknowledge(int processor) {
        LocalApic apic = apics.get(processor);
        if (!extIntPending(apic)) {
            return apic.acknowledge();
        }
        apic.extIntAcknowledged();
        int vector = pics.acknowledge();
        wireLint0();
        return vector;
    }

    boolean nmiPending(int processor) {
        return apics.get(processor).nmiPending();
    }

    boolean takeNmi(int processor) {
        return apics.get(processor).takeNmi();
    }

    // ---- The outside of the machine ----

    Uart16550 serial() {
        return serial;
    }

    DebugExitPort debugExit() {
        return debugExit;
    }

    PanicPort panic() {
        return panic;
    }

    AcpiPowerManagement power() {
        return power;
    }

    /** The NMI button. */
    void raiseNmi() {
        apics.forEach(LocalApic::lint1);
    }

    void save(DataOutput out) throws IOException {
        for (Device device : devices) {
            device.save(out);
        }
    }

    void restore(DataInput in) throws IOException {
        for (Device device : devices) {
            device.restore(in);
        }
    }

    /** Another window of the same device, {@code shift} above the first. */
    private record Shifted(Device device, long shift) implements Device {
        @Override
        public long read(long offset, int size, long now) {
            return device.read(offset + shift, size, now);
        }

        @Override
        public void write(long offset, int size, long value, long now) {
            device.write(offset + shift, size, value, now);
        }

        @Override
        public void save(DataOutput out) {}

        @Override
        public void restore(DataInput in) {}
    }
}
