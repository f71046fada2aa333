package org.retrovisor.trace;

import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/** Words for the exceptions of {@code java.nio.file}, whose own message is often the bare file name. */
final class Failures {

    private Failures() {}

    static String describe(Throwable cause) {
        return switch (cause) {
            case NoSuchFileException _ -> "no such file or directory";
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "it exists already";
            case DirectoryNotEmptyException _ -> "the directory is not empty";
            default -> cause.getMessage() == null ? cause.getClass().getSimpleName() : firstLine(cause.getMessage());
        };
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }
}
