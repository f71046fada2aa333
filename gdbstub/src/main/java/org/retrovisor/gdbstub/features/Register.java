package org.retrovisor.gdbstub.features;

/**
 * One register as gdb knows it: number, name and shape.
 *
 * @param number the position in the target description, which is also gdb's number in p, P and stop replies
 * @param name gdb's name, without the dollar sign
 * @param bits the size; a value is {@code bits / 8} bytes, least significant first
 * @param type a type of GDB's target descriptions, or one that {@link TargetDescription} declares
 * @param group the feature that the register belongs to
 */
public record Register(int number, String name, int bits, String type, Group group) {

    /** The features of the target description, in order. The first three and the last are GDB's standard features. */
    public enum Group {
        CORE("org.gnu.gdb.i386.core"), SSE("org.gnu.gdb.i386.sse"), SEGMENTS("org.gnu.gdb.i386.segments"), SYSTEM(
                "org.retrovisor.system"), TIME("org.retrovisor.time"), AVX("org.gnu.gdb.i386.avx");

        private final String feature;

        Group(String feature) {
            this.feature = feature;
        }

        public String feature() {
            return feature;
        }

        /** Whether not every processor model has the group. */
        public boolean optional() {
            return this == AVX;
        }

        /** Whether gdb's g packet carries the group. The others are fetched one by one when somebody looks. */
        public boolean inBulk() {
            return ordinal() <= SEGMENTS.ordinal();
        }
    }

    public int bytes() {
        return bits / 8;
    }
}
