package org.retrovisor.trace;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names that people gave to moments of a trace: a text in UTF-8 with a line "MOMENT NAME" for each, by name. No file means no names.
 */
final class BookmarkFile {
    private static final int MAX_BYTES = 1 << 20;
    /** No blanks, and nothing that a terminal would obey. */
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}\\p{P}\\p{S}]{1,100}");
    private static final Pattern LINE = Pattern.compile("([0-9]{1,18}) (.*)");

    private BookmarkFile() {}

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    static SortedMap<String, Long> read(Path path) {
        if (!Files.exists(path)) {
            return new TreeMap<>();
        }
        try {
            require(Files.size(path) <= MAX_BYTES, "it is too long");
            return parse(Files.readAllLines(path, StandardCharsets.UTF_8));
        } catch (CharacterCodingException e) {
            throw new TraceException(TraceException.Reason.CORRUPT, sentence("it is not a text in UTF-8"), e);
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot read " + path, e);
        }
    }

    private static SortedMap<String, Long> parse(List<String> lines) {
        SortedMap<String, Long> bookmarks = new TreeMap<>();
        for (String line : lines) {
            Matcher matcher = LINE.matcher(line);
            require(matcher.matches() && isName(matcher.group(2)),
                    "line " + (bookmarks.size() + 1) + " is not a moment and a name");
            require(bookmarks.put(matcher.group(2), Long.parseLong(matcher.group(1))) == null, "it has a name twice");
        }
        return bookmarks;
    }

    /** Replaces the file as one step. */
    static void write(Path path, Map<String, Long> bookmarks) {
        List<String> lines = new ArrayList<>();
        new TreeMap<>(bookmarks).forEach((name, moment) -> {
            if (!isName(name)) {
                throw new IllegalArgumentException("a bookmark cannot be called " + name);
            }
            lines.add(moment + " " + name);
        });
        Path part = path.resolveSibling(path.getFileName() + ".part");
        try {
            Files.write(part, lines, StandardCharsets.UTF_8);
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot write " + path, e);
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new TraceException(TraceException.Reason.CORRUPT, sentence(otherwise));
        }
    }

    private static String sentence(String why) {
        return "the bookmarks of the trace are corrupt: " + why + "; remove the file " + TraceDirectory.BOOKMARKS
                + " from the trace, or take another copy";
    }
}
