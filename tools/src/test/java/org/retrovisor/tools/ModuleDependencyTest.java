package org.retrovisor.tools;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import static org.junit.jupiter.api.Assertions.assertFalse;

/** The arrows between the modules are those of the architecture page, and there are no others. */
class ModuleDependencyTest {

    /** Module package -> the packages of ours it may use besides its own. */
    private static final Map<String, Set<String>> ALLOWED = Map.of(
            "trace", Set.of(),
            "monitor", Set.of(),
            "recorder", Set.of("monitor", "trace"),
            "replay", Set.of("monitor", "trace"),
            "gdbstub", Set.of("replay"),
            "tools", Set.of("trace", "monitor", "recorder", "replay", "gdbstub"));

    private static final String BASE = "org.retrovisor.";
    private static final String ORACLE = BASE + "monitor.oracle..";

    private static JavaClasses classes;

    @BeforeAll
    static void importOurClasses() {
        List<Path> modules = List.of("trace-format", "monitor", "recorder", "replay", "gdbstub", "tools").stream()
                .map(module -> RepositoryFiles.root().resolve(module).resolve("target/classes"))
                .toList();
        classes = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPaths(modules);
    }

    @Test
    void everyModuleHasClassesToCheck() {
        for (String module : ALLOWED.keySet()) {
            assertFalse(classes.that(residesIn(module)).isEmpty(), "no class found in " + BASE + module);
        }
    }

    @TestFactory
    List<DynamicTest> aModuleUsesOnlyTheModulesThatTheDesignAllows() {
        return ALLOWED.keySet().stream().sorted()
                .map(module -> DynamicTest.dynamicTest(module, () -> checkModule(module)))
                .toList();
    }

    @Test
    void nettyIsUsedInTheGdbStubOnly() {
        ArchRuleDefinition.noClasses().that().resideOutsideOfPackage(BASE + "gdbstub..")
                .should().dependOnClassesThat().resideInAPackage("io.netty..")
                .check(classes);
    }

    @Test
    void theMonitorNeedsNothingButTheJdk() {
        ArchRuleDefinition.classes().that().resideInAPackage(BASE + "monitor..")
                .should().onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "javax.crypto..", BASE + "monitor..", "org.slf4j")
                .check(classes);
    }

    @Test
    void theMonitorHasNoClockAndNoRandomnessOfItsOwn() {
        // the oracle is no part of any machine: it makes test cases from a seed
        var monitor = ArchRuleDefinition.noClasses().that().resideInAPackage(BASE + "monitor..")
                .and().resideOutsideOfPackage(ORACLE);
        monitor.should().callMethod(System.class, "nanoTime").check(classes);
        monitor.should().callMethod(System.class, "currentTimeMillis").check(classes);
        monitor.should().dependOnClassesThat().haveFullyQualifiedName("java.util.Random").check(classes);
        monitor.should().dependOnClassesThat().haveFullyQualifiedName("java.time.Clock").check(classes);
        monitor.should().callMethod(java.time.Instant.class, "now").check(classes);
    }

    @Test
    void nothingOfTheMonitorUsesTheOracle() {
        ArchRuleDefinition.noClasses().that().resideInAPackage(BASE + "monitor..")
                .and().resideOutsideOfPackage(ORACLE)
                .should().dependOnClassesThat().resideInAPackage(ORACLE)
                .check(classes);
    }

    private static void checkModule(String module) {
        Set<String> allowed = ALLOWED.get(module);
        for (String other : ALLOWED.keySet()) {
            if (!other.equals(module) && !allowed.contains(other)) {
                ArchRuleDefinition.noClasses().that().resideInAPackage(BASE + module + "..")
                        .should().dependOnClassesThat().resideInAPackage(BASE + other + "..")
                        .allowEmptyShould(true)
                        .check(classes);
            }
        }
    }

    private static DescribedPredicate<JavaClass> residesIn(String module) {
        return JavaClass.Predicates.resideInAPackage(BASE + module + "..");
    }
}
