package org.retrovisor.trace;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * A trace in one file: a zip archive of the files of {@link TraceDirectory}, without what Chronicle needs for writing
 * only. Any zip tool opens it.
 */
final class TraceBundle {

    /** A file of a trace: its name in the bundle, and how many of its bytes count. */
    record Member(String name, Path path, long size) {}

    private static final byte[] ZIP_MAGIC = {'P', 'K', 3, 4};
    private static final Set<String> TOP_FILES = Set.of(TraceDirectory.MANIFEST, TraceDirectory.INITIAL_STATE,
            TraceDirectory.BOOKMARKS);
    private static final Set<String> FOLDERS = Set.of(TraceDirectory.EVENTS, TraceDirectory.CHECKPOINTS);
    private static final int MAX_FILES = 100_000;
    /** What a bundle may unpack to: its contents are compressed already, so this is far above any honest one. */
    private static final long MAX_GROWTH = 100;
    private static final long ALWAYS_ALLOWED = 64L << 20;
    private static final LocalDateTime NO_DATE = LocalDateTime.of(1980, 1, 1, 0, 0);

    private TraceBundle() {}

    static boolean looksLikeOne(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            return Arrays.equals(in.readNBytes(ZIP_MAGIC.length), ZIP_MAGIC);
        }
    }

    /** The files that make up a trace, manifest first. */
    static List<Member> files(TraceDirectory trace) {
        List<Member> members = new ArrayList<>();
        try {
            for (String name : List.of(TraceDirectory.MANIFEST, TraceDirectory.INITIAL_STATE,
                    TraceDirectory.BOOKMARKS)) {
                Path path = trace.path().resolve(name);
                if (Files.exists(path)) {
                    members.add(new Member(name, path, Files.size(path)));
                }
            }
            addLog(trace, members);
            addCheckpoints(trace, members);
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot read " + trace.path(), e);
        }
        return members;
    }

    private static void addLog(TraceDirectory trace, List<Member> members) throws IOException {
        Path path = EventLogFile.find(trace.events());
        if (path != null) {
            try (EventLogFile log = EventLogFile.open(trace.events())) {
                members.add(new Member(TraceDirectory.EVENTS + "/" + path.getFileName(), path, log.usedBytes()));
            }
        }
    }

    private static void addCheckpoints(TraceDirectory trace, List<Member> members) throws IOException {
        for (Path path : trace.checkpoints().files()) {
            String name = TraceDirectory.CHECKPOINTS + "/" + path.getFileName();
            members.add(new Member(name, path, Files.size(path)));
        }
    }

    static void pack(TraceDirectory trace, Path bundle, LongConsumer progress) {
        if (Files.exists(bundle)) {
            throw exists(bundle, null);
        }
        Path part = bundle.resolveSibling(bundle.getFileName() + ".part");
        try {
            try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(part))) {
                zip.setLevel(Deflater.BEST_SPEED);
                long packed = 0;
                for (Member member : files(trace)) {
                    add(zip, member);
                    packed += member.size();
                    progress.accept(packed);
                }
            }
            Files.move(part, bundle);
        } catch (FileAlreadyExistsException e) {
            throw exists(bundle, e);
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot write " + bundle, e);
        } finally {
            deleteQuietly(part);
        }
    }

    private static void add(ZipOutputStream zip, Member member) throws IOException {
        ZipEntry entry = new ZipEntry(member.name());
        entry.setTimeLocal(NO_DATE);
        zip.putNextEntry(entry);
        try (InputStream in = Files.newInputStream(member.path())) {
            if (copy(in, zip, member.size()) < member.size()) {
                throw new IOException(member.path() + " became shorter while it was read");
            }
        }
        zip.closeEntry();
    }

    /** Unpacks into an empty folder; on any doubt about the archive, throws. */
    static void unpack(Path bundle, Path folder) {
        try (ZipFile zip = new ZipFile(bundle.toFile())) {
            long allowed = Math.min(ALWAYS_ALLOWED + MAX_GROWTH * Files.size(bundle),
                    Files.getFileStore(folder).getUsableSpace());
            Files.createDirectories(folder.resolve(TraceDirectory.EVENTS));
            require(zip.size() <= MAX_FILES, bundle, "it holds too many files");
            for (ZipEntry entry : zip.stream().toList()) {
                Path to = target(entry.getName(), bundle, folder);
                Files.createDirectories(to.getParent());
                allowed -= extract(zip, entry, to, allowed, bundle);
            }
        } catch (ZipException e) {
            throw new TraceException(TraceException.Reason.CORRUPT, bundle + " is corrupt or was cut short ("
                    + Failures.describe(e) + "); take another copy", e);
        } catch (FileAlreadyExistsException e) {
            throw new TraceException(TraceException.Reason.CORRUPT, bundle + " is corrupt: it holds a file twice", e);
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot unpack " + bundle, e);
        } catch (UncheckedIOException | IllegalArgumentException e) {
            throw new TraceException(TraceException.Reason.CORRUPT, bundle + " is corrupt: it does not unpack", e);
        }
    }

    private static Path target(String name, Path bundle, Path folder) {
        String[] parts = name.split("/", -1);
        boolean known = parts.length == 2
                ? FOLDERS.contains(parts[0]) && ManifestValidator.isFileName(parts[1])
                : TOP_FILES.contains(name);
        require(known, bundle, "it holds a file that no trace has");
        return folder.resolve(name);
    }

    private static long extract(ZipFile zip, ZipEntry entry, Path to, long allowed, Path bundle) throws IOException {
        try (InputStream in = zip.getInputStream(entry);
                OutputStream out = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW)) {
            long copied = copy(in, out, allowed);
            require(copied < allowed, bundle,
                    "it unpacks to more than a trace of its size can, or than the disk holds");
            return copied;
        }
    }

    /** Copies at most {@code limit} bytes; returns how many. */
    private static long copy(InputStream in, OutputStream out, long limit) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long copied = 0;
        while (copied < limit) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, limit - copied));
            if (read < 0) {
                break;
            }
            out.write(buffer, 0, read);
            copied += read;
        }
        return copied;
    }

    private static TraceException exists(Path bundle, Exception cause) {
        return new TraceException(TraceException.Reason.OUTPUT_EXISTS,
                bundle + " exists already; choose another name or remove it", cause);
    }

    private static void deleteQuietly(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException _) {
            // an earlier failure is being reported
        }
    }

    private static void require(boolean holds, Path bundle, String otherwise) {
        if (!holds) {
            throw TraceException.corrupt("%s is corrupt: %s", bundle, otherwise);
        }
    }
}
