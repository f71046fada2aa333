package org.retrovisor.monitor.interpreter.integer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;

/**
 * Gives every operation its own copy of a template class.
 *
 * <p>A template's methods call an operation through an interface. Shared by all operations, such a call would be
 * megamorphic: two dispatches per guest instruction. A copy, a hidden class made of the template's own bytes, knows its
 * operation as a constant, and the JIT compiler makes straight-line code of it.
 */
final class Specialized {
    private Specialized() {}

    /** A copy of {@code template}, which has a constructor without parameters, around {@code operation}. */
    static <T> T copy(Class<T> type, Class<? extends T> template, Object operation) {
        try {
            Lookup copy = MethodHandles.lookup().defineHiddenClassWithClassData(bytes(template), operation, true);
            return type.cast(copy.lookupClass().getDeclaredConstructor().newInstance());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(template + " cannot be specialized", e);
        }
    }

    /** To be called by a template's initializer: the operation of this copy; null in the template itself. */
    static <T> T operation(Lookup template, Class<T> type) {
        try {
            return MethodHandles.classData(template, ConstantDescs.DEFAULT_NAME, type);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(Class<?> template) {
        try (InputStream in = template.getResourceAsStream(template.getSimpleName() + ".class")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
