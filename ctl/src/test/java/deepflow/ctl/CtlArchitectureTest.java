package deepflow.ctl;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/// The directions in which this module's packages may depend.
class CtlArchitectureTest {
  private static final JavaClasses CTL =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("deepflow");

  @Test
  void theSuiteSharesNothingWithTheServersThatItJudges() {
    DescribedPredicate<JavaClass> ours = resideInAnyPackage("deepflow..");
    DescribedPredicate<JavaClass> itsOwn = resideInAnyPackage("deepflow.ctl.conformance..");
    noClasses()
        .that()
        .resideInAPackage("deepflow.ctl.conformance..")
        .should()
        .dependOnClassesThat(ours.and(DescribedPredicate.not(itsOwn.or(type(Cells.class)))))
        .check(CTL);
  }

  @Test
  void onlyOneClassKnowsTheHttp2Library() {
    noClasses()
        .that()
        .doNotHaveSimpleName("Http2Client")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.linecorp.armeria..", "io.netty..")
        .check(CTL);
  }
}
