import java.nio.file.Path;
import java.util.List;

/// Runs statements from the arguments on the store at a path, one after the other, and prints what they answer.
final class Statements {
  public static void main(String[] args) throws Exception {
    Engine.load(Path.of(args[0]));
    Path path = Path.of(args[1]);
    try (Engine e = new Engine(path, List.of("--max_threads=2"))) {
      for (int i = 2; i < args.length; i++) {
        try {
          System.out.println(e.query(args[i]));
        } catch (Engine.EngineException x) {
          System.out.println(x.getMessage());
        }
      }
    }
    System.exit(0);
  }
}
