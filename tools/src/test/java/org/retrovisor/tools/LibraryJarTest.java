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
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Libraries become one jar, whose classes all have stack maps. */
class LibraryJarTest {
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

    private void jar(String name, Object... entries) throws IOException {
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(folder.resolve(name)))) {
            for (int i = 0; i < entries.length; i += 2) {
                out.putNextEntry(new ZipEntry((String) entries[i]));
                out.write((byte[]) entries[i + 1]);
            }
        }
    }

    private byte[] read(String name) throws IOException {
        try (ZipFile file = new ZipFile(folder.resolve(LibraryJar.NAME).toFile());
                InputStream in = file.getInputStream(file.getEntry(name))) {
            return in.readAllBytes();
        }
    }

    private List<String> files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void oldClassesGetAVersionThatNeedsStackMapsAndDoWhatTheyDid() throws Exception {
        byte[] newer = counter("New", ClassFile.JAVA_8_VERSION);
        jar("some.jar", "Old.class", counter("Old", ClassFile.JAVA_5_VERSION), "New.class", newer, "text", TEXT);
        LibraryJar.main(new String[]{folder.toString()});
        assertEquals(ClassFile.JAVA_17_VERSION, ClassFile.of().parse(read("Old.class")).majorVersion());
        assertArrayEquals(newer, read("New.class"));
        assertArrayEquals(TEXT, read("text"));
        URL joined = folder.resolve(LibraryJar.NAME).toUri().toURL();
        try (URLClassLoader loader = new URLClassLoader(new URL[]{joined}, null)) {
            assertEquals(14, loader.loadClass("Old").getMethod("twice", int.class).invoke(null, 7));
        }
    }

    @Test
    void whatIsNoClassThatCanBeReadStaysAsItIs() throws IOException {
        jar("some.jar", "Odd.class", TEXT);
        LibraryJar.join(folder);
        assertArrayEquals(TEXT, read("Odd.class"));
    }

    @Test
    void allJarsButOursBecomeOneWithTheServicesOfAll() throws IOException {
        byte[] one = "one.Provider".getBytes(StandardCharsets.UTF_8);
        byte[] other = "other.Provider".getBytes(StandardCharsets.UTF_8);
        jar("a.jar", "META-INF/MANIFEST.MF", TEXT, "META-INF/services/some.Service", one, "twice", TEXT);
        jar("b.jar", "META-INF/services/some.Service", other, "twice", one, "META-INF/versions/22/Some.class", TEXT,
                "module-info.class", TEXT);
        jar("ours.jar", "org/retrovisor/Some.class", TEXT);
        LibraryJar.join(folder);
        assertEquals(List.of(LibraryJar.NAME, "ours.jar"), files());
        assertArrayEquals("one.Provider\nother.Provider\n".getBytes(StandardCharsets.UTF_8),
                read("META-INF/services/some.Service"));
        assertArrayEquals(TEXT, read("twice"), "the first one counts");
        try (ZipFile joined = new ZipFile(folder.resolve(LibraryJar.NAME).toFile())) {
            for (String left : List.of("META-INF/MANIFEST.MF", "META-INF/versions/22/Some.class",
                    "module-info.class")) {
                assertNull(joined.getEntry(left), left);
            }
        }
    }

    @Test
    void jarsThatCameLaterTakeThePlaceOfAllBefore() throws IOException {
        jar("a-1.jar", "text", TEXT);
        LibraryJar.join(folder);
        LibraryJar.join(folder);
        assertArrayEquals(TEXT, read("text"));
        jar("a-2.jar", "text", "newer".getBytes(StandardCharsets.UTF_8));
        LibraryJar.join(folder);
        assertEquals(List.of(LibraryJar.NAME), files());
        assertArrayEquals("newer".getBytes(StandardCharsets.UTF_8), read("text"));
    }

    @Test
    void allStaysAsItIsWhenOneIsNoJar() throws IOException {
        Files.write(folder.resolve("text.jar"), TEXT);
        jar("some.jar", "text", TEXT);
        assertThrows(ZipException.class, () -> LibraryJar.join(folder));
        assertEquals(List.of("some.jar", "text.jar"), files());
        assertArrayEquals(TEXT, Files.readAllBytes(folder.resolve("text.jar")));
    }
}
