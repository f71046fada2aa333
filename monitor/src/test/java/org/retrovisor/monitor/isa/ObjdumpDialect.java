package org.retrovisor.monitor.isa;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where objdump says the same in other words, and the few places where it means another processor than ours. */
final class ObjdumpDialect {
    /** Our mnemonics that objdump calls otherwise; a size suffix is taken off first. */
    private static final Map<String, Set<String>> NAMES = Map.ofEntries(
            Map.entry("CBW", Set.of("cbw", "cwde", "cdqe")),
            Map.entry("CWD", Set.of("cwd", "cdq", "cqo")),
            Map.entry("MOV", Set.of("movabs")),
            Map.entry("XCHG", Set.of("nop")),
            Map.entry("CALLF", Set.of("call")),
            Map.entry("JMPF", Set.of("jmp")),
            Map.entry("JrCXZ", Set.of("jcxz", "jecxz", "jrcxz")),
            Map.entry("PREFETCH", Set.of("prefetchwt1")),
            Map.entry("WBINVD", Set.of("wbnoinvd")),
            Map.entry("NOP", Set.of("endbr32", "endbr64")));
    /** Rows whose register operand objdump shows in another size. */
    private static final Set<String> ANY_SIZE = Set.of(
            "MOV_Sw_Ew", "LAR_Gv_Ew", "LSL_Gv_Ew", "PINSRW_Pq_Ew_Ib", "PINSRW_Vdq_Ew_Ib", "VPINSRW_Vdq_Hdq_Ew_Ib",
            "CRC32_Gd_Eb", "CRC32_Gd_Ev", "MOVMSKPS_Gd_Ups", "MOVMSKPD_Gd_Upd", "VMOVMSKPS_Gd_Ups",
            "VMOVMSKPD_Gd_Upd", "PMOVMSKB_Gd_Nq", "PMOVMSKB_Gd_Ux", "VPMOVMSKB_Gd_Ux");
    /** Rows of scalars that objdump shows in YMM registers when VEX.L is set, which they ignore. */
    private static final Set<String> ANY_LENGTH = Set.of("VMOVSS_Uss_Hss_Vss", "VMOVSD_Usd_Hsd_Vsd");
    /** Comparisons by their predicates, which objdump puts into the mnemonic. */
    private static final List<String> PREDICATES = List.of("eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord",
            "eq_uq", "nge", "ngt", "false", "neq_oq", "ge", "gt", "true", "eq_os", "lt_oq", "le_oq", "unord_s",
            "neq_us",
            "nlt_uq", "nle_uq", "ord_s", "eq_us", "nge_uq", "ngt_uq", "false_os", "neq_os", "ge_oq", "gt_oq",
            "true_us");
    private static final Pattern COMPARISON = Pattern.compile(
            "(?<stem>v?cmp)(?<predicate>" + String.join("|", PREDICATES) + ")(?<type>[ps][sd])");
    /** What later processors made of instructions that do nothing on ours. */
    private static final Pattern LATER = Pattern.compile("tzcnt|lzcnt|bnd\\w+|cldemote|rdssp[dq]");

    private ObjdumpDialect() {}

    /** What the processor model does not offer decodes to what it was before it was invented. */
    static boolean differsOnPurpose(Disassembly.Line line, Instruction ours, CodeSize codeSize) {
        boolean tracking = line.text().contains("notrack"); // a prefix of later processors where ours see a segment
        boolean near = Set.of("JMP", "CALL").contains(ours.row.mnemonic());
        if (near && ours.operandPrefix && codeSize == CodeSize.BITS_64) {
            return true; // with 66, near jumps are 16 bits wide on AMD processors only
        }
        return LATER.matcher(line.mnemonic()).matches() || tracking && codeSize != CodeSize.BITS_64;
    }

    /** Our operands as objdump shows them. */
    static List<String> ours(Instruction i, List<String> operands, String theirMnemonic, int theirCount) {
        return switch (i.row.mnemonic()) {
            case "MASKMOVQ", "MASKMOVDQU", "VMASKMOVDQU" -> operands.subList(0, 2);
            case "XCHG", "NOP" ->
                theirMnemonic.matches("nop|endbr.*") && !i.memory && theirCount == 0 ? List.of() : operands;
            default -> operands.stream().map(text -> sized(i, text)).toList();
        };
    }

    /** Objdump's operands in our form. */
    static List<String> theirs(Instruction i, List<String> written, String theirMnemonic) {
        List<String> operands = new ArrayList<>(written);
        Matcher comparison = COMPARISON.matcher(theirMnemonic);
        if (comparison.matches()) {
            operands.add(Integer.toHexString(PREDICATES.indexOf(comparison.group("predicate"))));
        }
        boolean shortJump = i.operandSize == 2 && i.row.operands().stream().anyMatch(o -> o.place() == 'J');
        return operands.stream()
                .map(text -> shortJump ? IntelSyntax.hex(Long.parseUnsignedLong(text, 16), 2) : text)
                .map(text -> sized(i, text)).toList();
    }

    private static String sized(Instruction i, String register) {
        if (ANY_LENGTH.contains(i.row.name())) {
            return register.replaceAll("^y(?=mm)", "x");
        }
        return ANY_SIZE.contains(i.row.name())
                ? register.replaceAll("^[er](?=[a-ds]|bp|bx)|(?<=\\d)[wd]$", "")
                : register;
    }

    static boolean sameMnemonic(String theirs, Instruction i) {
        String mnemonic = i.row.mnemonic();
        String plain = theirs.replaceAll(",p[nt]$", "");
        if (plain.startsWith("prefetch") && mnemonic.equals("NOP")) {
            return true;
        }
        Matcher comparison = COMPARISON.matcher(plain);
        if (comparison.matches()) {
            plain = comparison.group("stem") + comparison.group("type");
        } else if (mnemonic.startsWith("FN") && !plain.startsWith("fn")) { // an FWAIT stands before it
            plain = "fn" + plain.substring(1);
        }
        Set<String> others = NAMES.getOrDefault(mnemonic, Set.of());
        for (String suffix : new String[]{"", "w", "d", "q", "64"}) {
            String stem = plain.endsWith(suffix) ? plain.substring(0, plain.length() - suffix.length()) : plain;
            if (stem.equals(mnemonic.toLowerCase(Locale.ROOT)) || others.contains(stem)) {
                return true;
            }
        }
        return false;
    }
}
