package org.retrovisor.monitor.interpreter.x87;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.x87.X87Transfer;

import static org.retrovisor.monitor.interpreter.x87.X87Access.enter;
import static org.retrovisor.monitor.interpreter.x87.X87Access.load16;
import static org.retrovisor.monitor.interpreter.x87.X87Access.load32;
import static org.retrovisor.monitor.interpreter.x87.X87Access.load64;
import static org.retrovisor.monitor.interpreter.x87.X87Access.note;
import static org.retrovisor.monitor.interpreter.x87.X87Access.start;
import static org.retrovisor.monitor.interpreter.x87.X87Access.sti;
import static org.retrovisor.monitor.interpreter.x87.X87Access.within;

/** Loads and stores. */
final class X87Transfers {
    private static final int EXTENDED_BYTES = 10;
    /** Operands of 80 bits are aligned like their significands (SDM volume 3, table 6-7). */
    private static final int SIGNIFICAND_BYTES = 8;

    private X87Transfers() {}

    /** First step of a store: computes, changes nothing. */
    private interface Preparation {
        boolean prepare(X87Transfer transfer);
    }

    static void bind(SemanticsTable t) {
        loads(t);
        stores(t);
        integerStores(t);
    }

    private static void loads(SemanticsTable t) {
        t.bind("FLD_Md", (cpu, i) -> cpu.x87.transfer().loadFloat32(load32(cpu, i)));
        t.bind("FLD_Mq", (cpu, i) -> cpu.x87.transfer().loadFloat64(load64(cpu, i)));
        t.bind("FLD_STi", (cpu, i) -> start(cpu, i).transfer().loadRegister(sti(i)));
        t.bind("FILD_Mw", (cpu, i) -> cpu.x87.transfer().loadInteger(load16(cpu, i)));
        t.bind("FILD_Md", (cpu, i) -> cpu.x87.transfer().loadInteger(load32(cpu, i)));
        t.bind("FILD_Mq", (cpu, i) -> cpu.x87.transfer().loadInteger(load64(cpu, i)));
        t.bind("FLD_Mt", (cpu, i) -> {
            enter(cpu);
            long linear = cpu.linear(i);
            long low = cpu.mmu.load64(linear);
            int high = cpu.mmu.load16(within(cpu, linear, 8));
            note(cpu, i);
            cpu.x87.transfer().loadExtended(low, high);
        });
        t.bind("FBLD_Mt", (cpu, i) -> {
            enter(cpu);
            long linear = cpu.linear(i);
            long low = cpu.mmu.load64(linear);
            int high = cpu.mmu.load16(within(cpu, linear, 8));
            note(cpu, i);
            cpu.x87.transfer().loadPackedDecimal(low, high);
        });
    }

    private static void stores(SemanticsTable t) {
        t.bind("FST_STi", (cpu, i) -> start(cpu, i).transfer().storeRegister(sti(i), false));
        t.bind("FSTP_STi", (cpu, i) -> start(cpu, i).transfer().storeRegister(sti(i), true));
        t.bind("FSTPNCE_STi", (cpu, i) -> start(cpu, i).transfer().storeRegisterUnchecked(sti(i)));
        t.bind("FST_Md", (cpu, i) -> store(cpu, i, 4, X87Transfer::prepareFloat32, false));
        t.bind("FSTP_Md", (cpu, i) -> store(cpu, i, 4, X87Transfer::prepareFloat32, true));
        t.bind("FST_Mq", (cpu, i) -> store(cpu, i, 8, X87Transfer::prepareFloat64, false));
        t.bind("FSTP_Mq", (cpu, i) -> store(cpu, i, 8, X87Transfer::prepareFloat64, true));
        t.bind("FSTP_Mt", (cpu, i) -> storeExtended(cpu, i, X87Transfer::prepareExtended));
        t.bind("FBSTP_Mt", (cpu, i) -> storeExtended(cpu, i, X87Transfer::preparePackedDecimal));
    }

    private static void integerStores(SemanticsTable t) {
        t.bind("FIST_Mw", (cpu, i) -> store(cpu, i, 2, x -> x.prepareInteger(16), false));
        t.bind("FIST_Md", (cpu, i) -> store(cpu, i, 4, x -> x.prepareInteger(32), false));
        t.bind("FISTP_Mw", (cpu, i) -> store(cpu, i, 2, x -> x.prepareInteger(16), true));
        t.bind("FISTP_Md", (cpu, i) -> store(cpu, i, 4, x -> x.prepareInteger(32), true));
        t.bind("FISTP_Mq", (cpu, i) -> store(cpu, i, 8, x -> x.prepareInteger(64), true));
        t.bind("FISTTP_Mw", (cpu, i) -> store(cpu, i, 2, x -> x.prepareTruncated(16), true));
        t.bind("FISTTP_Md", (cpu, i) -> store(cpu, i, 4, x -> x.prepareTruncated(32), true));
        t.bind("FISTTP_Mq", (cpu, i) -> store(cpu, i, 8, x -> x.prepareTruncated(64), true));
    }

    private static void store(Processor cpu, Instruction i, int size, Preparation step, boolean pop) {
        enter(cpu);
        X87Transfer transfer = cpu.x87.transfer();
        if (step.prepare(transfer)) {
            cpu.mmu.store(cpu.linear(i), size, transfer.value());
        }
        note(cpu, i);
        transfer.complete(pop);
    }

    private static void storeExtended(Processor cpu, Instruction i, Preparation step) {
        enter(cpu);
        X87Transfer transfer = cpu.x87.transfer();
        if (step.prepare(transfer)) {
            long linear = cpu.linear(i);
            if (cpu.mmu.alignsBeforePages()) {
                cpu.mmu.checkWrite(linear, SIGNIFICAND_BYTES);
            }
            cpu.mmu.checkWrite(linear, EXTENDED_BYTES);
            cpu.mmu.store64(linear, transfer.value());
            cpu.mmu.store16(within(cpu, linear, 8), transfer.valueHigh());
        }
        note(cpu, i);
        transfer.complete(true);
    }
}
