package org.retrovisor.monitor.interpreter.x87;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.x87.X87Bits;
import org.retrovisor.monitor.x87.X87Images;
import org.retrovisor.monitor.x87.X87Images.Form;

import static org.retrovisor.monitor.interpreter.x87.X87Access.available;
import static org.retrovisor.monitor.interpreter.x87.X87Access.enter;

/** Control instructions: words, environments and full saves. None of them counts as the last instruction. */
final class X87Controls {
    private X87Controls() {}

    static void bind(SemanticsTable t) {
        t.bind("FWAIT", (cpu, i) -> X87Access.await(cpu));
        t.bind("FNINIT", (cpu, i) -> {
            available(cpu);
            cpu.fpu.initialize();
        });
        t.bind("FNCLEX", (cpu, i) -> {
            available(cpu);
            cpu.fpu.clearExceptions();
        });
        // instructions of the 8087 and 80287 that do nothing since
        t.bind("FNENI", (cpu, i) -> available(cpu));
        t.bind("FNDISI", (cpu, i) -> available(cpu));
        t.bind("FNSETPM", (cpu, i) -> available(cpu));
        words(t);
        images(t);
    }

    private static void words(SemanticsTable t) {
        t.bind("FLDCW_Mw", (cpu, i) -> {
            enter(cpu);
            cpu.fpu.setControl(cpu.mmu.load16(cpu.linear(i)));
        });
        t.bind("FNSTCW_Mw", (cpu, i) -> {
            available(cpu);
            cpu.mmu.store16(cpu.linear(i), cpu.fpu.control());
        });
        t.bind("FNSTSW_Mw", (cpu, i) -> {
            available(cpu);
            cpu.mmu.store16(cpu.linear(i), cpu.fpu.status());
        });
        t.bind("FNSTSW_AX", (cpu, i) -> {
            available(cpu);
            cpu.set16(Processor.RAX, cpu.fpu.status());
        });
    }

    private static void images(SemanticsTable t) {
        t.bind("FNSTENV_M", X87Controls::storeEnvironment);
        t.bind("FLDENV_M", X87Controls::loadEnvironment);
        t.bind("FNSAVE_M", X87Controls::save);
        t.bind("FRSTOR_M", X87Controls::restore);
    }

    private static Form form(Processor cpu, Instruction i) {
        boolean real = !cpu.protectedMode() || cpu.virtual8086();
        if (i.operandSize == 2) {
            return real ? Form.REAL_16 : Form.PROTECTED_16;
        }
        return real ? Form.REAL_32 : Form.PROTECTED_32;
    }

    private static void storeEnvironment(Processor cpu, Instruction i) {
        available(cpu);
        Form form = form(cpu, i);
        byte[] image = new byte[form.environmentSize()];
        X87Images.storeEnvironment(cpu.fpu, form, image, 0);
        X87Access.storeImage(cpu, cpu.linear(i), image);
        cpu.fpu.setControl(cpu.fpu.control() | X87Bits.EXCEPTIONS);
    }

    private static void loadEnvironment(Processor cpu, Instruction i) {
        enter(cpu);
        Form form = form(cpu, i);
        byte[] image = X87Access.loadImage(cpu, cpu.linear(i), form.environmentSize());
        X87Images.loadEnvironment(cpu.fpu, form, image, 0);
    }

    private static void save(Processor cpu, Instruction i) {
        available(cpu);
        Form form = form(cpu, i);
        byte[] image = new byte[form.saveSize()];
        X87Images.save(cpu.fpu, form, image, 0);
        X87Access.storeImage(cpu, cpu.linear(i), image);
        cpu.fpu.initialize();
    }

    private static void restore(Processor cpu, Instruction i) {
        enter(cpu);
        Form form = form(cpu, i);
        byte[] image = X87Access.loadImage(cpu, cpu.linear(i), form.saveSize());
        X87Images.restore(cpu.fpu, form, image, 0);
    }
}
