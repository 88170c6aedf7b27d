package deepflow.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class AgentArchitectureTest {
  private static final JavaClasses AGENT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("deepflow.agent");

  @Test
  void neverSeesTheServerOrTheEngine() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("deepflow.server..", "deepflow.clickhouse..", "deepflow.allinone..")
        .check(AGENT);
  }

  @Test
  void goesOneWay() {
    slices().matching("deepflow.agent.(*)..").should().beFreeOfCycles().check(AGENT);
    noClasses()
        .that()
        .resideInAPackage("deepflow.agent.queue..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("deepflow.agent.receive..", "deepflow.agent.forward..")
        .check(AGENT);
    noClasses()
        .that()
        .resideInAPackage("deepflow.agent.receive..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("deepflow.agent.forward..")
        .check(AGENT);
    noClasses()
        .that()
        .resideInAPackage("deepflow.agent.forward..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("deepflow.agent.receive..")
        .check(AGENT);
  }

  @Test
  void keepsTheHttpServerInReceive() {
    noClasses()
        .that()
        .resideOutsideOfPackage("deepflow.agent.receive..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.linecorp.armeria..", "io.netty..")
        .check(AGENT);
  }

  @Test
  void readsSettingsOnlyWhereTheyBecomeTheConfiguration() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "deepflow.agent.receive..", "deepflow.agent.queue..", "deepflow.agent.forward..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("deepflow.settings..")
        .check(AGENT);
  }
}
