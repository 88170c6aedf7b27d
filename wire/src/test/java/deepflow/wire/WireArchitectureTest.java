package deepflow.wire;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class WireArchitectureTest {
  private static final JavaClasses WIRE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("deepflow.wire");

  @Test
  void knowsNoOtherModule() {
    classes()
        .that()
        .resideInAPackage("deepflow.wire..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "deepflow.wire..",
            "java..",
            "javax.net.ssl..",
            "org.jspecify..",
            "tools.jackson.core..",
            "org.snakeyaml.engine..",
            "com.google.re2j..",
            "com.github.luben..")
        .check(WIRE);
  }

  @Test
  void keepsFramesOtlpAndTlsApart() {
    slices()
        .matching("deepflow.wire.(*)..")
        .should()
        .notDependOnEachOther()
        .ignoreDependency(
            resideInAPackage("deepflow.wire.control"), resideInAPackage("deepflow.wire.otlp"))
        .check(WIRE);
  }

  @Test
  void needsNoObjectsOfGeneratedClasses() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.google.protobuf..", "io.opentelemetry..")
        .check(WIRE);
  }
}
