package org.retrovisor.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

/** The pages for people lead somewhere, and none is left out. */
class DocumentationTest {
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(#[^)]*)?\\)");
    private static final Path DOCS = RepositoryFiles.root().resolve("docs");
    private static final Path DECISIONS = DOCS.resolve("decisions");

    @Test
    void everyLinkToAFileLeadsToOne() throws IOException {
        List<String> broken = new ArrayList<>();
        List<String> links = new ArrayList<>();
        for (Path page : pages()) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                links.add(link.group(1));
                if (!Files.exists(page.resolveSibling(link.group(1)))) {
                    broken.add(RepositoryFiles.root().relativize(page) + ": " + link.group(1));
                }
            }
        }
        assertEquals(List.of(), broken);
        assertFalse(links.isEmpty(), "no link was found in any page");
    }

    @Test
    void everyDecisionIsInTheIndex() throws IOException {
        String index = Files.readString(DECISIONS.resolve("README.md"));
        assertEquals(List.of(), missingIn(index, DECISIONS, "(%s)"));
    }

    @Test
    void everyPackageIsOnTheArchitecturePage() throws IOException {
        String page = Files.readString(DOCS.resolve("architecture.md"));
        List<String> missing = RepositoryFiles.javaSources().stream()
                .filter(file -> file.endsWith("package-info.java") && file.toString().contains("src/main/java"))
                .map(DocumentationTest::shortName)
                .filter(name -> !page.contains("`" + name + "`"))
                .sorted()
                .toList();
        assertEquals(List.of(), missing);
    }

    /** The package's name as the page has it: without what all packages share. */
    private static String shortName(Path packageInfo) {
        String path = packageInfo.getParent().toString().replace('\\', '/');
        return path.substring(path.indexOf("org/retrovisor/") + "org/retrovisor/".length()).replace('/', '.');
    }

    private static List<String> missingIn(String index, Path folder, String form) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".md") && !name.equals("README.md"))
                    .filter(name -> !index.contains(form.formatted(name)))
                    .sorted()
                    .toList();
        }
    }

    private static List<Path> pages() {
        return RepositoryFiles.sources().stream().filter(file -> file.toString().endsWith(".md")).toList();
    }
}
