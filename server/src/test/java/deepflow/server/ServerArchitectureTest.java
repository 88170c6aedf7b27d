package deepflow.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import org.junit.jupiter.api.Test;

/// Who may see whom in the server: design, section 4.
class ServerArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("deepflow.server");

  @Test
  void ingesterAndQuerierMeetOnlyInStorage() {
    mayNotSee("deepflow.server.storage..", "deepflow.server.ingester..");
    mayNotSee("deepflow.server.storage..", "deepflow.server.querier..");
    mayNotSee("deepflow.server.ingester..", "deepflow.server.querier..");
    mayNotSee("deepflow.server.querier..", "deepflow.server.ingester.receive..");
    mayNotSee("deepflow.server.querier..", "deepflow.server.ingester.decode..");
  }

  @Test
  void labelerSeesNobody() {
    noClasses()
        .that()
        .resideInAPackage("deepflow.server.labeler..")
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages(
            "deepflow.server.labeler..", "java..", "org.jspecify..", "org.slf4j..")
        .check(CLASSES);
  }

  @Test
  void kubernetesClientStaysWhereClustersAreWatched() {
    noClasses()
        .that()
        .resideOutsideOfPackage("deepflow.server.controller.kubernetes..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.fabric8..")
        .check(CLASSES);
    mayNotSee("deepflow.server.ingester..", "deepflow.server.controller..");
    mayNotSee("deepflow.server.controller.kubernetes..", "deepflow.server.ingester..");
  }

  @Test
  void serverNeverSeesTheAgent() {
    mayNotSee("deepflow.server..", "deepflow.agent..");
  }

  @Test
  void ingestSpeaksTcpAndNoHttp() {
    mayNotSee("deepflow.server.ingester..", "com.linecorp.armeria..");
    mayNotSee("deepflow.server.storage..", "com.linecorp.armeria..");
  }

  @Test
  void armeriaStaysInHttpAndInTheClassesThatPublishAnApi() {
    noClasses()
        .that()
        .resideOutsideOfPackage("deepflow.server.http..")
        .and()
        .haveSimpleNameNotEndingWith("Api")
        .and()
        .areTopLevelClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.linecorp.armeria..")
        .check(CLASSES);
  }

  @Test
  void httpKnowsNoQuestion() {
    mayNotSee("deepflow.server.http..", "deepflow.server.querier..");
    mayNotSee("deepflow.server.http..", "deepflow.server.storage..");
    mayNotSee("deepflow.server.http..", "deepflow.server.ingester..");
  }

  @Test
  void callsNoNativeCodeItself() {
    noClasses().should().dependOnClassesThat().areAssignableTo(Linker.class).check(CLASSES);
  }

  @Test
  void hasNoCycles() {
    slices().matching("deepflow.server.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  private static void mayNotSee(String these, String those) {
    noClasses()
        .that()
        .resideInAPackage(these)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(those)
        .check(CLASSES);
  }
}
