package org.retrovisor.tools.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.retrovisor.tools.bench.TravelBench.Steps;

/** Reverse commands as a user types them: a real gdb on {@code retrovisor debug}, timed by gdb itself. */
final class GdbTravel {
    private static final String SCRIPT = "travel.py";
    private static final Pattern MEASURED = Pattern.compile("(?m)^measured (\\S+) ([0-9.]+)$");

    private GdbTravel() {}

    /**
     * Measures on a trace that ends in a panic of Linux.
     *
     * @param folder for a temporary file
     * @return by what the script calls them, in its order; a command that was not possible once is missing
     */
    static Map<String, Steps> measure(Path trace, String engine, Path folder) throws IOException {
        Path script = folder.resolve(SCRIPT);
        try (InputStream in = GdbTravel.class.getResourceAsStream(SCRIPT)) {
            Files.write(script, in.readAllBytes());
        }
        return read(OwnProcess.output(List.of("debug", trace.toString(), "--engine", engine),
                input -> type(input, "source " + script + "\nquit\n")));
    }

    private static void type(OutputStream input, String commands) {
        try (input) {
            input.write(commands.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the script printed among everything that gdb says. */
    static Map<String, Steps> read(String output) {
        Map<String, List<Double>> seconds = MEASURED.matcher(output)
                .results()
                .collect(Collectors.groupingBy(found -> found.group(1), LinkedHashMap::new,
                        Collectors.mapping(found -> Double.valueOf(found.group(2)), Collectors.toList())));
        Map<String, Steps> steps = new LinkedHashMap<>();
        seconds.forEach((name, all) -> steps.put(name,
                Steps.of(all.stream().mapToDouble(Double::doubleValue).toArray())));
        return steps;
    }
}
