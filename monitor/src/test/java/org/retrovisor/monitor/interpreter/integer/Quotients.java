package org.retrovisor.monitor.interpreter.integer;

import java.math.BigInteger;

/** Whether quotients fit, by arithmetic of any length. */
final class Quotients {
    private static final BigInteger TWO = BigInteger.TWO;

    private Quotients() {}

    /** For DIV and IDIV by CL, CX, ECX or RCX, given in hexadecimal. */
    static boolean fits(String bytes, long rax, long rdx, long rcx) {
        int bits = bytes.startsWith("f6") ? 8 : bytes.startsWith("66") ? 16 : bytes.startsWith("48") ? 64 : 32;
        boolean signed = bytes.endsWith("f9");
        BigInteger divisor = cut(rcx, bits, signed);
        if (divisor.signum() == 0) {
            return false;
        }
        BigInteger dividend = bits == 8
                ? cut(rax, 16, signed)
                : cut(rdx, bits, signed).multiply(TWO.pow(bits)).add(cut(rax, bits, false));
        BigInteger quotient = dividend.divide(divisor);
        BigInteger largest = TWO.pow(signed ? bits - 1 : bits).subtract(BigInteger.ONE);
        BigInteger smallest = signed ? TWO.pow(bits - 1).negate() : BigInteger.ZERO;
        return quotient.compareTo(largest) <= 0 && quotient.compareTo(smallest) >= 0;
    }

    private static BigInteger cut(long value, int bits, boolean signed) {
        BigInteger unsigned = BigInteger.valueOf(value).mod(TWO.pow(bits));
        return signed && unsigned.testBit(bits - 1) ? unsigned.subtract(TWO.pow(bits)) : unsigned;
    }
}
