package org.retrovisor.monitor.translator;

import java.util.List;
import org.retrovisor.monitor.processor.FlatSegments;
import org.retrovisor.monitor.x87.X87Images;

/**
 * Classes that the calls of generated code need only when a guest reaches user mode. What Java's compilers made of those calls before a class is
 * there ends where the class is named; it would be thrown away, and the guest be slower for half a second, just when programs begin.
 */
final class LateClasses {
    private static final List<Class<?>> ALL = List.of(FlatSegments.class, X87Images.class);

    private LateClasses() {}

    static void load() {
        for (Class<?> late : ALL) {
            try {
                Class.forName(late.getName(), true, late.getClassLoader());
            } catch (ClassNotFoundException e) {
                throw new AssertionError("a class that is named is there", e);
            }
        }
    }
}
