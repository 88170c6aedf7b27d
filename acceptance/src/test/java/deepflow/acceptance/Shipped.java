package deepflow.acceptance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What the folder `deploy/` has for a cluster.
final class Shipped {
  private static final Path DEPLOY = Path.of("..", "deploy").toAbsolutePath().normalize();

  private Shipped() {}

  /// A file of deploy/kubernetes.
  static Path manifest(String name) {
    return DEPLOY.resolve("kubernetes").resolve(name);
  }

  /// The script that makes deepflow.yaml of the chart, and its arguments.
  static List<String> render() {
    return List.of(
        DEPLOY.resolve("kubernetes/render").toString(), RealParts.kubernetes("helm").toString());
  }

  /// `helm ACTION … CHART` with more arguments; the release's name is `deepflow`.
  static List<String> helm(String action, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(RealParts.kubernetes("helm").toString());
    command.add(action);
    if (!action.equals("lint")) {
      command.add("deepflow");
    }
    command.add(DEPLOY.resolve("helm/deepflow").toString());
    command.addAll(List.of(arguments));
    return command;
  }
}
