package org.retrovisor.monitor.interpreter.integer;

/**
 * Gives every operation its own copy of a template class.
 *
 * <p>A template's methods call an operation through an interface. Shared by all operations, such a call would be
 * megamorphic: two dispatches per guest instruction. A copy knows its operation as a constant, and the JIT compiler makes
 * straight-line code of it. The build makes the copies, classes of the template's own bytes with another name
 * ({@link SpecializedCopies}): so Java can keep them, what they link to and what it learned of them for its next start.
 */
final class Specialized {
    /** Stands between the template's name and the operation's. */
    static final String MARK = "$$";

    private Specialized() {}

    /** The copy of {@code template}, which has a constructor without parameters, for the operation of this name. */
    static <T> T copy(Class<T> type, Class<? extends T> template, String operation) {
        try {
            Class<?> copy = Class.forName(template.getName() + MARK + operation);
            return type.cast(copy.getDeclaredConstructor().newInstance());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    template + " has no copy for " + operation + ": the build's step process-classes makes them", e);
        }
    }

    /** To be called by a template's initializer with its own class: the name of the operation that this copy is for. */
    static String operation(Class<?> copy) {
        String name = copy.getName();
        return name.substring(name.indexOf(MARK) + MARK.length());
    }
}
