package org.retrovisor.tools;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class NewerClassesTest {
    private static final byte[] TEXT = "as it was".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path folder;

    /** A class with a method that counts down from a number and gives twice as many back: a loop needs stack maps. */
    private static byte[] counter(String name, int version) {
        return ClassFile.of(ClassFile.StackMapsOption.STACK_MAPS_WHEN_REQUIRED).build(ClassDesc.of(name), made -> made
                .withVersion(version, 0)
                .withFlags(AccessFlag.PUBLIC)
                .withMethodBody("twice", MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int),
                        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                        code -> {
                            var again = code.newLabel();
                            var end = code.newLabel();
                            code.iconst_0().istore(1).labelBinding(again).iload(0).ifeq(end).iinc(1, 2).iinc(0, -1)
                                    .goto_(again)
                                    .labelBinding(end).iload(1).ireturn();
                        }));
    }

    private Path jar() throws IOException {
        Path jar = folder.resolve("some.jar");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
            put(out, "Old.class", counter("Old", ClassFile.JAVA_5_VERSION));
            put(out, "New.class", counter("New", ClassFile.JAVA_8_VERSION));
            put(out, "text", TEXT);
        }
        return jar;
    }

    private static void put(ZipOutputStream out, String name, byte[] bytes) throws IOException {
        out.putNextEntry(new ZipEntry(name));
        out.write(bytes);
    }

    private static byte[] read(Path jar, String name) throws IOException {
        try (ZipFile file = new ZipFile(jar.toFile()); InputStream in = file.getInputStream(file.getEntry(name))) {
            return in.readAllBytes();
        }
    }

    @Test
    void oldOnesGetAVersionThatNeedsStackMapsAndDoWhatTheyDid() throws Exception {
        Path jar = jar();
        assertEquals(ClassFile.JAVA_5_VERSION, ClassFile.of().parse(read(jar, "Old.class")).majorVersion());
        NewerClasses.main(new String[]{jar.toString()});
        assertEquals(ClassFile.JAVA_17_VERSION, ClassFile.of().parse(read(jar, "Old.class")).majorVersion());
        try (URLClassLoader loader = new URLClassLoader(new URL[]{jar.toUri().toURL()}, null)) {
            assertEquals(14, loader.loadClass("Old").getMethod("twice", int.class).invoke(null, 7));
        }
    }

    @Test
    void allElseStaysAsItIs() throws IOException {
        Path jar = jar();
        byte[] newer = read(jar, "New.class");
        NewerClasses.renew(jar);
        assertArrayEquals(newer, read(jar, "New.class"));
        assertArrayEquals(TEXT, read(jar, "text"));
        byte[] once = read(jar, "Old.class");
        NewerClasses.renew(jar);
        assertArrayEquals(once, read(jar, "Old.class"));
    }

    @Test
    void whatIsNoJarStaysAsItIs() throws IOException {
        Path jar = Files.write(folder.resolve("text.jar"), TEXT);
        assertThrows(ZipException.class, () -> NewerClasses.renew(jar));
        assertArrayEquals(TEXT, Files.readAllBytes(jar));
        try (var files = Files.list(folder)) {
            assertEquals(1, files.count(), "nothing is left beside it");
        }
    }
}
