package deepflow.demo;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class DemoArchitectureTest {
  private static final JavaClasses DEMO =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("deepflow.demo");

  @Test
  void knowsNothingOfWhatItSendsTo() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("deepflow.agent..", "deepflow.server..", "deepflow.wire..")
        .check(DEMO);
  }

  @Test
  void goesOneWay() {
    slices().matching("deepflow.demo.(*)..").should().beFreeOfCycles().check(DEMO);
    noClasses()
        .that()
        .resideInAPackage("deepflow.demo.service..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("deepflow.demo", "deepflow.demo.run..", "deepflow.demo.load..")
        .because("a service is a process of its own")
        .check(DEMO);
  }
}
