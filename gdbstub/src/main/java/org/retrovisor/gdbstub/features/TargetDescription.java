package org.retrovisor.gdbstub.features;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.RegisterFile;
import org.retrovisor.gdbstub.features.Register.Group;

/**
 * The XML document that tells gdb which registers there are: target.xml of qXfer:features (GDB's manual, "Target Description
 * Format"). It is derived from {@link Registers}, and for a target always the same. There are no register groups: gdb ignores them on this
 * architecture.
 */
public final class TargetDescription {
    public static final String NAME = "target.xml";

    private TargetDescription() {}

    /** The description of a target. */
    public static String of(DebugTarget target) {
        RegisterFile registers = target.registers(target.processors().getFirst());
        return write(group -> !group.optional() || ofGroup(group).allMatch(one -> registers.read(one).isPresent()));
    }

    private static Stream<Register> ofGroup(Group group) {
        return Registers.ALL.stream().filter(register -> register.group() == group);
    }

    private static String write(Predicate<Group> isThere) {
        StringBuilder xml = new StringBuilder();
        xml.append("<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n");
        xml.append("<target version=\"1.0\">\n<architecture>i386:x86-64</architecture>\n<osabi>none</osabi>\n");
        for (Group group : Stream.of(Group.values()).filter(isThere).toList()) {
            xml.append("<feature name=\"").append(group.feature()).append("\">\n");
            xml.append(types(group));
            ofGroup(group).forEach(register -> append(xml, register));
            xml.append("</feature>\n");
        }
        return xml.append("</target>\n").toString();
    }

    private static void append(StringBuilder xml, Register register) {
        xml.append("<reg name=\"").append(register.name());
        xml.append("\" bitsize=\"").append(register.bits());
        xml.append("\" type=\"").append(register.type());
        xml.append("\" regnum=\"").append(register.number());
        xml.append("\"/>\n");
    }

    private static String types(Group group) {
        return switch (group) {
            case CORE ->
                flags("i386_eflags", 4,
                        List.of("CF 0", " 1", "PF 2", "AF 4", "ZF 6", "SF 7", "TF 8", "IF 9", "DF 10", "OF 11",
                                "NT 14", "RF 16", "VM 17", "AC 18", "VIF 19", "VIP 20", "ID 21"));
            case SSE ->
                vectors() + flags("i386_mxcsr", 4, List.of("IE 0", "DE 1", "ZE 2", "OE 3", "UE 4", "PE 5", "DAZ 6",
                        "IM 7", "DM 8", "ZM 9", "OM 10", "UM 11", "PM 12", "FZ 15"));
            case SEGMENTS, TIME, AVX -> "";
            case SYSTEM -> systemTypes();
        };
    }

    private static String systemTypes() {
        return flags("x64_cr0", 8,
                List.of("PE 0", "MP 1", "EM 2", "TS 3", "ET 4", "NE 5", "WP 16", "AM 18", "NW 29", "CD 30",
                        "PG 31"))
                + flags("x64_cr4", 8,
                        List.of("VME 0", "PVI 1", "TSD 2", "DE 3", "PSE 4", "PAE 5", "MCE 6", "PGE 7", "PCE 8",
                                "OSFXSR 9", "OSXMMEXCPT 10", "UMIP 11", "LA57 12", "FSGSBASE 16", "PCIDE 17",
                                "OSXSAVE 18",
                                "SMEP 20", "SMAP 21", "PKE 22"))
                + flags("x64_efer", 8,
                        List.of("SCE 0", "LME 8", "LMA 10", "NXE 11", "SVME 12", "LMSLE 13", "FFXSR 14"));
    }

    private static String vectors() {
        return """
                <vector id="v4f" type="ieee_single" count="4"/>
                <vector id="v2d" type="ieee_double" count="2"/>
                <vector id="v16i8" type="int8" count="16"/>
                <vector id="v8i16" type="int16" count="8"/>
                <vector id="v4i32" type="int32" count="4"/>
                <vector id="v2i64" type="int64" count="2"/>
                <union id="vec128">
                <field name="v4_float" type="v4f"/>
                <field name="v2_double" type="v2d"/>
                <field name="v16_int8" type="v16i8"/>
                <field name="v8_int16" type="v8i16"/>
                <field name="v4_int32" type="v4i32"/>
                <field name="v2_int64" type="v2i64"/>
                <field name="uint128" type="uint128"/>
                </union>
                """;
    }

    /** A flags type; each bit is "NAME position". A nameless bit is one that always reads the same. */
    private static String flags(String id, int bytes, List<String> bits) {
        StringBuilder xml = new StringBuilder("<flags id=\"" + id + "\" size=\"" + bytes + "\">\n");
        for (String bit : bits) {
            int space = bit.indexOf(' ');
            String position = bit.substring(space + 1);
            xml.append("<field name=\"").append(bit, 0, space);
            xml.append("\" start=\"").append(position).append("\" end=\"").append(position).append("\"/>\n");
        }
        return xml.append("</flags>\n").toString();
    }
}
