package org.retrovisor.monitor.sse;

/** The 32 predicates of VCMPPS and its kin (Intel SDM volume 2, table 3-1). */
public final class FloatPredicates {
    private FloatPredicates() {}

    /** Whether a relation holds between two numbers; raises the flags of the comparison. */
    public static boolean holds(FloatUnit unit, int mxcsr, long a, long b, boolean single, int predicate) {
        boolean signals = signals(predicate);
        int relation = single
                ? FastSingle.compare(unit, mxcsr, a, b, signals)
                : FastDouble.compare(unit, mxcsr, a, b, signals);
        boolean unordered = relation == FloatUnit.UNORDERED;
        boolean holds = switch (predicate & 7) {
            case 0 -> relation == 0;
            case 1 -> relation == -1;
            case 2 -> relation == -1 || relation == 0;
            case 3 -> unordered;
            case 4 -> relation != 0;
            case 5 -> relation != -1;
            case 6 -> relation == 1 || unordered;
            default -> !unordered;
        };
        return (predicate & 8) == 0 ? holds : withUnorderedTurned(predicate, relation, unordered);
    }

    /** 8 to 15 and 24 to 31: EQ_U, NGE, NGT, FALSE, NEQ_O, GE, GT, TRUE. */
    private static boolean withUnorderedTurned(int predicate, int relation, boolean unordered) {
        return switch (predicate & 7) {
            case 0 -> relation == 0 || unordered;
            case 1 -> relation == -1 || unordered;
            case 2 -> relation != 1;
            case 3 -> false;
            case 4 -> relation != 0 && !unordered;
            case 5 -> relation == 1 || relation == 0;
            case 6 -> relation == 1;
            default -> true;
        };
    }

    /** The order relations raise the invalid flag for quiet NaNs; from 16 on it is the other way round. */
    private static boolean signals(int predicate) {
        int kind = predicate & 3;
        boolean order = kind == 1 || kind == 2;
        return order != (predicate >= 16);
    }
}
