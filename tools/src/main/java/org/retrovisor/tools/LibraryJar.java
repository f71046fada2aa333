package org.retrovisor.tools;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Makes one jar of those of the libraries that we use. The launcher does that before a rehearsal.
 *
 * <p>At each start some library looks for a class or service that is nowhere: then Java opens all jars and reads their tables of contents, which
 * took 17 milliseconds for three dozen. Classes are renewed on the way ({@link NewerClasses}).
 */
public final class LibraryJar {
    static final String NAME = "libraries.jar";
    private static final String OURS = "org/retrovisor/";
    private static final String SERVICES = "META-INF/services/";
    /** What is said of a whole jar, signed or a module, and classes for one version of Java or another: we have that of the oldest. */
    private static final Pattern LEFT_OUT = Pattern.compile(
            "(.*/)?module-info\\.class|META-INF/(MANIFEST\\.MF|INDEX\\.LIST|versions/.*|[^/]*\\.(SF|DSA|RSA|EC))");

    private final Set<String> written = new HashSet<>();
    private final Map<String, ByteArrayOutputStream> services = new TreeMap<>();

    private LibraryJar() {}

    /** Takes one argument: the folder. */
    public static void main(String[] arguments) throws IOException {
        join(Path.of(arguments[0]));
    }

    /** Makes {@link #NAME} of all jars of a folder but our own, which are deleted then; they stay as they are when that fails. */
    static void join(Path folder) throws IOException {
        List<Path> jars = libraries(folder);
        if (jars.isEmpty()) {
            return; // it was done before
        }
        Path joined = folder.resolve(NAME + ".part");
        try {
            new LibraryJar().write(jars, joined);
            Files.move(joined, folder.resolve(NAME), StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(joined);
        }
        for (Path jar : jars) {
            Files.delete(jar);
        }
    }

    private static List<Path> libraries(Path folder) throws IOException {
        List<Path> jars = new ArrayList<>();
        try (var files = Files.newDirectoryStream(folder, "*.jar")) {
            for (Path file : files) {
                if (!file.endsWith(NAME) && !isOurs(file)) {
                    jars.add(file);
                }
            }
        }
        Collections.sort(jars);
        return jars;
    }

    private static boolean isOurs(Path jar) throws IOException {
        try (ZipFile file = new ZipFile(jar.toFile())) {
            return file.stream().anyMatch(entry -> entry.getName().startsWith(OURS));
        }
    }

    private void write(List<Path> jars, Path to) throws IOException {
        try (NewerClasses classes = new NewerClasses(jars);
                OutputStream file = Files.newOutputStream(to);
                ZipOutputStream out = new ZipOutputStream(file)) {
            out.setLevel(Deflater.NO_COMPRESSION); // it is read at starts
            for (Path jar : jars) {
                copy(jar, classes, out);
            }
            for (Map.Entry<String, ByteArrayOutputStream> service : services.entrySet()) {
                put(out, service.getKey(), service.getValue().toByteArray());
            }
        }
    }

    private void copy(Path jar, NewerClasses classes, ZipOutputStream out) throws IOException {
        try (ZipFile from = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : Collections.list(from.entries())) {
                String name = entry.getName();
                if (entry.isDirectory() || LEFT_OUT.matcher(name).matches()) {
                    continue;
                }
                try (InputStream in = from.getInputStream(entry)) {
                    copy(name, in.readAllBytes(), classes, out);
                }
            }
        }
    }

    /** Of several with the same name the first one counts, as on a class path; of services all do. */
    private void copy(String name, byte[] bytes, NewerClasses classes, ZipOutputStream out) throws IOException {
        if (name.startsWith(SERVICES)) {
            ByteArrayOutputStream all = services.computeIfAbsent(name, unused -> new ByteArrayOutputStream());
            all.writeBytes(bytes);
            all.write('\n');
        } else if (written.add(name)) {
            put(out, name, name.endsWith(".class") ? classes.renewed(bytes) : bytes);
        }
    }

    private static void put(ZipOutputStream out, String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(0);
        out.putNextEntry(entry);
        out.write(bytes);
    }
}
