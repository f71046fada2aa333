package org.retrovisor.tools;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Rules about the repository itself; each failure names the file and the rule. */
class RepositoryTest {

    private static final int LONGEST_JAVA_FILE = 600;

    /**
     * Addresses of package registries and paths of one developer's machine: a build takes both from its surroundings.
     * In two halves, so that this file passes its own rule.
     */
    private static final Pattern FOREIGN_PLACE = Pattern.compile(String.join("|",
            "repo1?\\." + "maven", "repo\\." + "maven\\.apache", "registry\\." + "npmjs", "deb\\." + "debian\\.org",
            "ftp\\.[a-z.]*" + "debian", "security\\." + "debian\\.org", "sonatype" + "\\.(org|com)", "pypi\\." + "org",
            "proxy\\." + "golang", "/tmp" + "/h/", "/work" + "/(main|shared|\\.)", "/root" + "/\\."));

    @Test
    void sourcesNameNoRegistryAndNoPathOfOneMachine() throws IOException {
        List<String> bad = new ArrayList<>();
        for (Path file : RepositoryFiles.sources()) {
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            var match = FOREIGN_PLACE.matcher(text);
            if (match.find()) {
                bad.add(RepositoryFiles.root().relativize(file) + ": " + match.group());
            }
        }
        assertEquals(List.of(), bad);
    }

    @Test
    void theRuleAboutForeignPlacesMatchesOne() {
        assertTrue(FOREIGN_PLACE.matcher("https://repo." + "maven.apache.org/maven2").find());
    }

    @Test
    void noJavaFileIsLongerThanTheLimit() throws IOException {
        List<String> bad = new ArrayList<>();
        for (Path file : RepositoryFiles.javaSources()) {
            int lines = Files.readAllLines(file).size();
            if (lines > LONGEST_JAVA_FILE) {
                bad.add(RepositoryFiles.root().relativize(file) + " has " + lines + " lines");
            }
        }
        assertEquals(List.of(), bad);
    }

    @Test
    void everyPackageSaysWhatLivesThere() {
        List<Path> bad = RepositoryFiles.javaSources().stream()
                .map(Path::getParent)
                .filter(folder -> folder.toString().contains("src/main/java"))
                .distinct()
                .filter(folder -> !Files.exists(folder.resolve("package-info.java")))
                .toList();
        assertEquals(List.of(), bad);
    }
}
