package org.retrovisor.monitor.isa;

import java.util.Set;

/**
 * One operand of a row: a letter for where it is and a suffix for its size, as in appendix A of the Intel manual.
 *
 * @param text the whole code, such as {@code Ev}
 * @param place the addressing letter: E G M V W P Q U N R S C D I J O A Z X Y H B L, or {@code 0} for a fixed register
 * @param size the size suffix: b w d q v y z p x ..., empty where the code has none
 */
public record Operand(String text, char place, String size) {
    private static final Set<Character> PLACES = Set.of(
            'E', 'G', 'M', 'V', 'W', 'P', 'Q', 'U', 'N', 'R', 'S', 'C', 'D', 'I', 'J', 'O', 'A', 'Z', 'X', 'Y', 'H',
            'B', 'L');
    private static final String MODRM_PLACES = "EGMVWPQUNRSCD";

    /** Reads one operand code; upper-case names such as AL, rAX, CL, ST0 and numbers are fixed operands. */
    static Operand parse(String text) {
        char first = text.charAt(0);
        boolean coded = PLACES.contains(first)
                && text.length() > 1
                && text.substring(1).chars().allMatch(Character::isLowerCase);
        boolean bare = text.equals("M") || text.equals("E");
        return coded || bare ? new Operand(text, first, text.substring(1)) : new Operand(text, '0', "");
    }

    /**
     * How many bytes an access to the operand touches in memory; 1 for images (M), which are checked where they are
     * transferred.
     */
    int bytes(Decoder decoder) {
        int operandSize = decoder.operandSize;
        return switch (size) {
            case "w" -> 2;
            case "d", "ss" -> 4;
            case "q", "sd" -> 8;
            case "t" -> 10;
            case "dq" -> 16;
            case "x", "ps", "pd" -> decoder.wideVector ? 32 : 16;
            case "h" -> decoder.wideVector ? 16 : 8;
            case "f" -> decoder.wideVector ? 8 : 4;
            case "e" -> decoder.wideVector ? 4 : 2;
            case "v" -> operandSize;
            case "z" -> Math.min(operandSize, 4);
            case "y" -> decoder.rexW ? 8 : 4;
            case "a" -> 2 * operandSize;
            case "p" -> operandSize + 2;
            case "s" -> decoder.addressesAre64() ? 10 : 6;
            default -> 1;
        };
    }

    /** Whether it may be in memory at the address that the instruction names. */
    boolean maybeMemory() {
        return "EMWQO".indexOf(place) >= 0;
    }

    /** Whether this operand needs a ModRM byte. */
    boolean needsModRm() {
        return MODRM_PLACES.indexOf(place) >= 0;
    }

    /** Whether a register form of ModRM is refused. */
    boolean memoryOnly() {
        return place == 'M';
    }

    /** Whether a memory form of ModRM is refused. */
    boolean registerOnly() {
        return place == 'U' || place == 'N' || place == 'R';
    }

    /** Whether this names a byte register through ModRM.reg. */
    boolean byteInReg() {
        return place == 'G' && size.equals("b");
    }

    /** Whether this names a byte register through ModRM.rm or the opcode. */
    boolean byteInRm() {
        return (place == 'E' || place == 'Z' || place == 'R') && size.equals("b");
    }
}
