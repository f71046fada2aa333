package org.retrovisor.monitor.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.LongSupplier;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Vector;

/**
 * Runs instructions that raise a fault, by themselves and at the end of sequences, on the host and on the engines. Compared are the fault
 * and all that a handler sees of the program: nothing of the instruction, and everything of those before it.
 */
final class FaultComparison {
    private static final int MOST_MOMENTS = 1000;
    private static final int WIDEST = 32;
    private static final int LOCK = 0xF0;
    private static final int EXCEPTION_MASKS = 0x1F80;
    private static final int X87_EXCEPTIONS = 0x3F;
    /** Not canonical, whether page tables have four levels or five. */
    private static final long NOT_CANONICAL = 0x4000_0000_0000_0000L;

    /** What has more to it than the address of an operand, and is chosen more often for that. */
    private static final Set<String> FREQUENT = Set.of("ARPL", "BOUND", "CMPS", "ENTER", "LODS", "MOVS", "POPA", "SCAS",
            "STOS", "VCVTPS2PH");
    private static final int RCX = 1;
    private static final int RSP = 4;
    private static final int RBP = 5;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final int MOST_ITERATIONS = 12;
    /** As a signed number of 16 or of 32 bits. */
    private static final long LEAST = 0x8000_8000L;
    /** Of the error code of a page fault. */
    private static final int PRESENT = 1;
    /** What ENTER may push. */
    private static final int FRAME = 300;

    private final SequenceHarness harness;
    private final CodeSize codeSize;
    private final HostPages pages;
    private final GuestProcessor interpreter;
    private final FaultDifferences known;
    private final OperandReach within;
    private final OperandReach beyond;
    private final CpuState before = new CpuState();
    private final CpuState onHost = new CpuState();
    private final CpuState interpreted = new CpuState();
    private final CpuState generated = new CpuState();
    private final Trail trail = new Trail();

    FaultComparison(SequenceHarness harness) {
        this.harness = harness;
        pages = harness.pages;
        codeSize = harness.codeSize;
        interpreter = harness.interpreter;
        known = new FaultDifferences(HostVendor.current());
        within = new OperandReach(pages);
        beyond = new OperandReach(pages, true);
    }

    /** What executes them. */
    SequenceHarness harness() {
        return harness;
    }

    /** Compares so many faults, chosen by the seed and a part's number. */
    Silicon.Outcome compare(long seed, int part, int faults) {
        Random random = SequenceHarness.random(seed, part);
        SequenceMaker maker = harness.maker(random);
        List<String> differences = new ArrayList<>();
        try (HostSignals _ = harness.signals.install()) {
            for (int number = 0; number < faults && differences.size() < SequenceHarness.SHOWN; number++) {
                int slot = SequenceHarness.slot(number);
                Sequence sequence = faulting(maker, random, pages.instruction(slot));
                String difference = compare(sequence, slot, number);
                if (!difference.isEmpty()) {
                    differences.add("seed %d, part %d: fault behind %s".formatted(seed, part,
                            harness.report(sequence, difference)));
                }
            }
        }
        return new Silicon.Outcome(faults, 0, differences);
    }

    // ---------------------------------------------------------------- cases

    /** A sequence whose last instruction raises a fault, in the state {@code before}; {@code trail} is the rest of it. */
    private Sequence faulting(SequenceMaker maker, Random random, long address) {
        while (true) {
            Sequence start = random.nextInt(3) == 0 ? maker.empty(address, before) : maker.make(address, trail);
            if (!start.instructions().isEmpty()) {
                maker.first(before);
            }
            for (int attempt = 0; attempt < 8; attempt++) {
                Sequence whole = withFault(maker, random, start);
                if (whole != null) {
                    return whole;
                }
            }
        }
    }

    /** The sequence with an instruction behind it that raises a fault, or null. */
    private Sequence withFault(SequenceMaker maker, Random random, Sequence start) {
        Encoding last = last(maker, random, start.end());
        if (last == null || last.next() - start.address() > Sequence.MOST_BYTES - 1
                || FaultDifferences.leftOpen(last.instruction().row.mnemonic(), HostVendor.current())) {
            return null;
        }
        if (random.nextInt(8) == 0
                && !FaultDifferences.leftOpenWithLock(last.instruction().row, HostVendor.current())) {
            last = maker.prefixed(LOCK, last);
        }
        interpreted.copyFrom(before);
        spoil(last, random);
        Sequence whole = start.with(last);
        interpreter.define(whole);
        boolean well = interpreter.follow(start, before, within, trail) && LeftOpen.of(trail).isKnown()
                && beyond.holds(last, trail.last());
        Fault fault = well ? interpreter.runToFault(before, generated, MOST_MOMENTS) : null;
        if (fault == null || fault.rip() != last.address() || !isSettled(fault, last)) {
            before.copyFrom(interpreted);
            return null;
        }
        return whole;
    }

    private Encoding last(SequenceMaker maker, Random random, long address) {
        LongSupplier targets = () -> badAddress(random);
        return switch (random.nextInt(16)) {
            case 0 -> maker.refused(address, targets);
            case 1, 2 -> maker.encoding(address, targets, FREQUENT);
            default -> maker.encoding(address, targets);
        };
    }

    /** Whether the fault is the same whatever memory holds; outside the windows hosts and guests need not hold the same. */
    private boolean isSettled(Fault fault, Encoding last) {
        Instruction i = last.instruction();
        boolean crosses = (StateMaker.address(last, trail.last()) & HostPages.PAGE - 1) > HostPages.PAGE - WIDEST;
        if (i.row.mnemonic().contains("MASKMOV") && (crosses || !i.memory)) {
            return false; // which byte of an element CR2 names; without one in ModRM, of all that are selected
        }
        if (SequenceRows.isString(i.row)) {
            return stringIsSettled(i);
        }
        if (i.row.mnemonic().equals("ARPL") && fault.vector() == Vector.PF && (fault.errorCode() & PRESENT) != 0) {
            return pages.isUnusedCode(fault.address()); // what is there says whether it is written
        }
        boolean byValue = fault.vector() == Vector.DE || fault.vector() == Vector.BR
                || fault.vector() == Vector.XM || i.row.mnemonic().endsWith("LDMXCSR");
        return !byValue || within.holds(last, trail.last());
    }

    /**
     * Whether all that the iterations before the fault read is in the windows; and whether only one of two operands may fault, where the
     * order was not seen.
     */
    private boolean stringIsSettled(Instruction i) {
        CpuState at = trail.last();
        boolean readsBoth = !i.row.mnemonic().equals("MOVS") && !i.row.mnemonic().equals("STOS");
        boolean reads = within.holdsWay(i, at.gpr[RSI], generated.gpr[RSI])
                && (!readsBoth || within.holdsWay(i, at.gpr[RDI], generated.gpr[RDI]));
        boolean ordered = !FaultDifferences.leavesOrderOpen(HostVendor.current()) || within.holdsAt(i, at.gpr[RSI])
                || within.holdsAt(i, at.gpr[RDI]);
        return reads && ordered;
    }

    /** Of a page that is not there or may not be written, or across the border of one. */
    private long badAddress(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> pages.code + HostPages.PAGE + random.nextInt(HostPages.PAGE);
            case 1 -> StateMaker.operandAddress(pages, random);
            default -> pages.missing - 16 + random.nextInt(80);
        };
    }

    /** Sends the base register, sometimes the stack pointer, to a bad address, or lets exceptions through. */
    private void spoil(Encoding last, Random random) {
        Instruction i = last.instruction();
        boolean wide = codeSize == CodeSize.BITS_64;
        if (i.memory && i.base < 16 && i.index >= 16) {
            long target = wide && random.nextInt(3) == 0 ? NOT_CANONICAL + random.nextInt(64) : badAddress(random);
            before.gpr[i.base] = target - i.displacement & (wide ? -1 : 0xFFFF_FFFFL);
        } else if (random.nextInt(8) == 0) {
            before.gpr[4] = wide && random.nextBoolean() ? NOT_CANONICAL : pages.missing + random.nextInt(16) - 8;
        }
        spoilImplicit(i, random);
        if (random.nextInt(3) == 0) {
            before.mxcsr &= ~(random.nextInt() & EXCEPTION_MASKS);
        }
        if (random.nextInt(4) == 0) {
            before.x87Status |= random.nextInt() & X87_EXCEPTIONS;
            before.x87Control &= ~(random.nextInt() & X87_EXCEPTIONS);
        }
    }

    /** Sends the registers that an instruction uses without naming them to a bad address, or to a good one. */
    private void spoilImplicit(Instruction i, Random random) {
        if (SequenceRows.isString(i.row)) {
            for (int register : new int[]{RSI, RDI}) {
                before.gpr[register] = random.nextInt(3) != 0
                        ? worseAddress(random, 0)
                        : StateMaker.operandAddress(pages, random);
            }
            before.gpr[RCX] = random.nextInt(MOST_ITERATIONS);
        } else if (i.row.mnemonic().equals("ENTER")) {
            before.gpr[RSP] = random.nextBoolean() ? worseAddress(random, FRAME) : before.gpr[RSP];
            before.gpr[RBP] = random.nextBoolean() ? worseAddress(random, FRAME) : before.gpr[RSP];
        } else if (i.row.mnemonic().equals("POPA")) {
            before.gpr[RSP] = pages.missing - random.nextInt(40);
        } else if (i.row.mnemonic().equals("ARPL") && i.base < 8 && i.index >= 16 && random.nextInt(4) == 0) {
            before.gpr[i.base] = pages.unusedCode() + random.nextInt(64) - i.displacement & 0xFFFF_FFFFL;
        } else if (i.row.mnemonic().equals("BOUND") && i.base < 8 && i.index >= 16 && random.nextBoolean()) {
            before.gpr[i.base] = pages.missing - i.operandSize - i.displacement & 0xFFFF_FFFFL; // the upper one is not there
            before.gpr[i.reg] = random.nextBoolean() ? LEAST : before.gpr[i.reg];
        }
    }

    /** A bad address, up to so much above the border of a page. */
    private long worseAddress(Random random, int above) {
        return switch (random.nextInt(8)) {
            case 0 -> codeSize == CodeSize.BITS_64 ? NOT_CANONICAL + random.nextInt(64) : badAddress(random);
            case 1, 2, 3 -> pages.missing - 16 + random.nextInt(80 + above);
            default -> badAddress(random);
        };
    }

    // ---------------------------------------------------------------- comparison

    private String compare(Sequence sequence, int slot, int number) {
        harness.host.define(slot, harness.host.slots(sequence));
        Fault expected = interpreter.runToFault(before, interpreted, MOST_MOMENTS);
        String engines = harness.translator == null ? "" : compareEngines(sequence, expected);
        if (!engines.isEmpty()) {
            return engines;
        }
        Fault fault = harness.host.runNoted(sequence.bytes(), number, before, onHost);
        fault = settled(sequence, fault, expected);
        LeftOpen open = LeftOpen.of(trail);
        String difference = faults("host", fault, "interpreter", expected);
        String states = StateReport.differences(before, onHost, interpreted, open.flags(), open.tolerance());
        return difference.isEmpty() || !states.isEmpty() ? difference + states : difference + StateReport.of(before);
    }

    private Fault settled(Sequence sequence, Fault fault, Fault expected) {
        Encoding last = sequence.instructions().getLast();
        FaultDifferences.Model alone = (code, from, after) -> alone(last, code, from, after);
        return known.settle(
                new FaultDifferences.Case(pages, last, trail.last(), expected, onHost, interpreted, alone), fault);
    }

    private Fault alone(Encoding last, byte[] code, CpuState from, CpuState after) {
        interpreter
                .define(new Sequence(last.address(), List.of(new Encoding(code, last.instruction(), last.address()))));
        return interpreter.runToFault(from, after, MOST_MOMENTS);
    }

    private String compareEngines(Sequence sequence, Fault expected) {
        harness.translator.define(sequence);
        Fault fault = harness.translator.runToFault(before, generated, MOST_MOMENTS);
        return SequenceHarness.betweenEngines(faults("interpreter", expected, "generated code", fault)
                + StateReport.differences(before, interpreted, generated, 0, X87Tolerance.EXACT));
    }

    private static String faults(String one, Fault first, String other, Fault second) {
        return first != null && first.equals(second)
                ? ""
                : "%s: %s%n%s: %s%n".formatted(one, first, other, second);
    }
}
