package org.retrovisor.tools;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;

/**
 * Gives classes that are older than Java 6 the form of later ones: with stack maps, for Java's newer verifier.
 *
 * <p>Java's ahead-of-time cache takes none that need the old verifier, and the library that reads our command line has only such, for its users'
 * sake: to load and verify two hundred of them took a quarter of each start. What they do stays the same.
 */
final class NewerClasses implements AutoCloseable {
    private final URLClassLoader classes;
    private final ClassFile format;

    /** For classes of some jars, whose superclasses are found there. */
    NewerClasses(List<Path> jars) throws IOException {
        URL[] places = new URL[jars.size()];
        for (int i = 0; i < places.length; i++) {
            places[i] = jars.get(i).toUri().toURL();
        }
        classes = new URLClassLoader(places);
        format = ClassFile.of(
                ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(classes)));
    }

    /** A class that is older than Java 6 in the form of Java 17, if it has one; all others as they are. */
    byte[] renewed(byte[] bytes) {
        try {
            ClassModel model = format.parse(bytes);
            if (model.majorVersion() >= ClassFile.JAVA_6_VERSION) {
                return bytes;
            }
            ClassTransform version = ClassTransform.endHandler(made -> made.withVersion(ClassFile.JAVA_17_VERSION, 0));
            return format.transformClass(model,
                    version.andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)));
        } catch (IllegalArgumentException _) {
            return bytes; // subroutines, or superclasses that are nowhere
        }
    }

    @Override
    public void close() throws IOException {
        classes.close();
    }
}
