package org.retrovisor.tools.cli;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.terminal.Surroundings;
import org.retrovisor.tools.terminal.Terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A command line that was executed inside this process, and what came of it.
 *
 * @param outBytes all bytes of standard output
 */
public record Invocation(List<String> arguments, int exit, byte[] outBytes, String err) {

    /** Executes a command line without input. */
    public static Invocation of(Object... arguments) {
        return withInput(InputStream.nullInputStream(), arguments);
    }

    /** Executes a command line with bytes on standard input. */
    public static Invocation typing(String input, Object... arguments) {
        return withInput(new ByteArrayInputStream(input.getBytes(StandardCharsets.ISO_8859_1)), arguments);
    }

    /** Executes a command line. */
    public static Invocation withInput(InputStream in, Object... arguments) {
        return execute(in, Map.of(), arguments);
    }

    /** Executes a command line without input, with environment variables. */
    public static Invocation inEnvironment(Map<String, String> environment, Object... arguments) {
        return execute(InputStream.nullInputStream(), environment, arguments);
    }

    private static Invocation execute(InputStream in, Map<String, String> environment, Object... arguments) {
        List<String> words = List.of(arguments).stream().map(Object::toString).toList();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Surroundings surroundings = new Surroundings(in, new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8), Terminal.NONE, environment);
        int exit = Retrovisor.execute(surroundings, words.toArray(String[]::new));
        return new Invocation(words, exit, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }

    /** Standard output as text. */
    public String out() {
        return new String(outBytes, StandardCharsets.UTF_8);
    }

    /** Fails unless the command succeeded. */
    public Invocation succeeded() {
        return ended(ExitCode.OK);
    }

    /** Fails unless the command ended with this exit code. */
    public Invocation ended(ExitCode code) {
        assertEquals(code.number(), exit, () -> arguments + "\n" + out() + err);
        return this;
    }

    /** Fails unless the command ended with this exit code and one line about it, which says what is wrong and what to do. */
    public Invocation refused(ExitCode code, String what) {
        ended(code);
        assertEquals(1, err.lines().count(), err);
        assertTrue(err.startsWith("retrovisor: "), err);
        assertTrue(err.contains(what), err);
        assertTrue(err.contains(";") || err.contains(": "), err);
        assertFalse(err.contains("Exception"), err);
        assertEquals("", out());
        return this;
    }

    /** Standard output, which must be one JSON object on one line. */
    public JsonObject json() {
        assertEquals(1, out().lines().count(), this::out);
        try (JsonReader reader = new JsonReader(new StringReader(out()))) {
            reader.setStrictness(Strictness.STRICT);
            JsonObject object = JsonParser.parseReader(reader).getAsJsonObject();
            assertEquals(JsonToken.END_DOCUMENT, reader.peek());
            return object;
        } catch (IOException e) {
            throw new AssertionError(out(), e);
        }
    }
}
