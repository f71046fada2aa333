package org.retrovisor.gdbstub.features;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.retrovisor.gdbstub.features.Register.Group;

/**
 * The registers that gdb sees, in the order of its numbers.
 *
 * <p>GDB's manual, "i386 Features", fixes names and order of the first three groups and of AVX, the upper halves of the YMM registers. The group "system" is ours: control,
 * debug and descriptor-table registers by their names in AMD's manual, volume 2.
 */
public final class Registers {
    public static final List<Register> ALL = Collections.unmodifiableList(new Table().rows);
    /** What one g packet carries, in this order. */
    public static final List<Register> IN_BULK = ALL.stream().filter(register -> register.group().inBulk()).toList();

    private static final Map<String, Register> BY_NAME = ALL.stream()
            .collect(Collectors.toUnmodifiableMap(Register::name, Function.identity()));

    public static final Register RBP = named("rbp");
    public static final Register RSP = named("rsp");
    public static final Register RIP = named("rip");
    public static final Register MOMENT = named("moment");

    private Registers() {}

    /** The register of that name; a name that does not exist is a mistake of the caller. */
    public static Register named(String name) {
        Register register = BY_NAME.get(name);
        if (register == null) {
            throw new IllegalArgumentException("no register is named " + name);
        }
        return register;
    }

    public static Optional<Register> numbered(long number) {
        return number >= 0 && number < ALL.size() ? Optional.of(ALL.get((int) number)) : Optional.empty();
    }

    /** Collects the rows; a number is a row's position. */
    private static final class Table {
        private final List<Register> rows = new ArrayList<>();

        Table() {
            add(Group.CORE, 64, "int64", "rax rbx rcx rdx rsi rdi");
            add(Group.CORE, 64, "data_ptr", "rbp rsp");
            add(Group.CORE, 64, "int64", "r8 r9 r10 r11 r12 r13 r14 r15");
            add(Group.CORE, 64, "code_ptr", "rip");
            add(Group.CORE, 32, "i386_eflags", "eflags");
            add(Group.CORE, 32, "int32", "cs ss ds es fs gs");
            add(Group.CORE, 80, "i387_ext", "st0 st1 st2 st3 st4 st5 st6 st7");
            add(Group.CORE, 32, "int32", "fctrl fstat ftag fiseg fioff foseg fooff fop");
            add(Group.SSE, 128, "vec128", "xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 xmm7");
            add(Group.SSE, 128, "vec128", "xmm8 xmm9 xmm10 xmm11 xmm12 xmm13 xmm14 xmm15");
            add(Group.SSE, 32, "i386_mxcsr", "mxcsr");
            add(Group.SEGMENTS, 64, "int64", "fs_base gs_base");
            addSystem();
            add(Group.TIME, 64, "uint64", "moment");
            add(Group.AVX, 128, "uint128", "ymm0h ymm1h ymm2h ymm3h ymm4h ymm5h ymm6h ymm7h");
            add(Group.AVX, 128, "uint128", "ymm8h ymm9h ymm10h ymm11h ymm12h ymm13h ymm14h ymm15h");
        }

        private void addSystem() {
            add(Group.SYSTEM, 64, "x64_cr0", "cr0");
            add(Group.SYSTEM, 64, "data_ptr", "cr2");
            add(Group.SYSTEM, 64, "uint64", "cr3");
            add(Group.SYSTEM, 64, "x64_cr4", "cr4");
            add(Group.SYSTEM, 64, "uint64", "cr8");
            add(Group.SYSTEM, 64, "x64_efer", "efer");
            add(Group.SYSTEM, 64, "uint64", "xcr0");
            add(Group.SYSTEM, 64, "data_ptr", "dr0 dr1 dr2 dr3");
            add(Group.SYSTEM, 64, "uint64", "dr6 dr7");
            add(Group.SYSTEM, 64, "data_ptr", "cs_base ss_base ds_base es_base k_gs_base");
            add(Group.SYSTEM, 64, "data_ptr", "gdtr_base idtr_base tr_base ldtr_base");
            add(Group.SYSTEM, 32, "uint32", "gdtr_limit idtr_limit tr_limit ldtr_limit tr ldtr");
            add(Group.SYSTEM, 64, "uint64", "star");
            add(Group.SYSTEM, 64, "code_ptr", "lstar cstar");
            add(Group.SYSTEM, 64, "uint64", "sfmask sysenter_cs");
            add(Group.SYSTEM, 64, "data_ptr", "sysenter_esp");
            add(Group.SYSTEM, 64, "code_ptr", "sysenter_eip");
            add(Group.SYSTEM, 64, "uint64", "apic_base pat tsc tsc_aux");
        }

        private void add(Group group, int bits, String type, String names) {
            for (String name : names.split(" ", -1)) {
                rows.add(new Register(rows.size(), name, bits, type, group));
            }
        }
    }
}
