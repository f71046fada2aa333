package org.retrovisor.gdbstub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A Python file for gdb that gives the commands behind "monitor" as native ones: "retro when", "retro last-write". */
public final class GdbScript {
    /** The name under which users know it. */
    public static final String NAME = "retrovisor-gdb.py";

    private GdbScript() {}

    /** Writes the file into a folder; returns where it is. */
    public static Path write(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        try (InputStream in = GdbScript.class.getResourceAsStream(NAME)) {
            Files.write(file, in.readAllBytes());
        }
        return file;
    }
}
