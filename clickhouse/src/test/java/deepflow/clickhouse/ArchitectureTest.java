package deepflow.clickhouse;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("deepflow");

  @Test
  void seesNoOtherModuleOfOurs() {
    classes()
        .that()
        .resideInAPackage("deepflow.clickhouse..")
        .should()
        .onlyDependOnClassesThat(
            DescribedPredicate.not(JavaClass.Predicates.resideInAPackage("deepflow.."))
                .or(JavaClass.Predicates.resideInAPackage("deepflow.clickhouse..")))
        .check(CLASSES);
  }

  @Test
  void linksNativeCodeInOneClass() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("deepflow.clickhouse.Chdb")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Linker.class)
        .check(CLASSES);
  }

  @Test
  void blocksKnowNoEngine() {
    noClasses()
        .that()
        .resideInAPackage("deepflow.clickhouse.block")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("deepflow.clickhouse")
        .check(CLASSES);
  }

  @Test
  void hasNoCycles() {
    slices().matching("deepflow.(**)").should().beFreeOfCycles().check(CLASSES);
  }
}
