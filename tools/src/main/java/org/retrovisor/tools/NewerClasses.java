package org.retrovisor.tools;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Gives the classes of a jar that are older than Java 6 the form of later ones: with stack maps, for Java's newer verifier. The launcher does that
 * before a rehearsal.
 *
 * <p>Java's ahead-of-time cache takes none that need the old verifier, and the library that reads our command line has only such, for its users'
 * sake: to load and verify two hundred of them took a quarter of each start. What they do stays the same.
 */
public final class NewerClasses {
    private static final String SUFFIX = ".class";

    private NewerClasses() {}

    /** Renews the jars that are named, in place. */
    public static void main(String[] jars) throws IOException {
        for (String jar : jars) {
            renew(Path.of(jar));
        }
    }

    /** Renews a jar; it stays as it is when that fails. */
    static void renew(Path jar) throws IOException {
        Path renewed = jar.resolveSibling(jar.getFileName() + ".part");
        try {
            copy(jar, renewed);
            Files.move(renewed, jar, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(renewed);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (ZipFile old = new ZipFile(from.toFile());
                URLClassLoader classes = new URLClassLoader(new URL[]{from.toUri().toURL()});
                OutputStream file = Files.newOutputStream(to);
                ZipOutputStream out = new ZipOutputStream(file)) {
            ClassFile format = ClassFile.of(
                    ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                    ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(classes)));
            for (ZipEntry entry : Collections.list(old.entries())) {
                try (InputStream in = old.getInputStream(entry)) {
                    byte[] bytes = in.readAllBytes();
                    ZipEntry copy = new ZipEntry(entry.getName());
                    copy.setTime(entry.getTime());
                    out.putNextEntry(copy);
                    out.write(entry.getName().endsWith(SUFFIX) ? renewed(format, bytes) : bytes);
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static byte[] renewed(ClassFile format, byte[] bytes) {
        ClassModel model = format.parse(bytes);
        if (model.majorVersion() >= ClassFile.JAVA_6_VERSION) {
            return bytes;
        }
        ClassTransform version = ClassTransform.endHandler(made -> made.withVersion(ClassFile.JAVA_17_VERSION, 0));
        return format.transformClass(model,
                version.andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)));
    }
}
