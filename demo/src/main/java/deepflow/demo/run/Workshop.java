package deepflow.demo.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.demo.story.Service;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Makes the services runnable: the Java ones from this build, the others with the packages that
/// pip and npm install once, into a cache outside the repository.
public final class Workshop {
  private static final List<String> INSTRUMENTATION =
      List.of(
          "EXECUTORS",
          "GRPC",
          "JAVA_HTTP_CLIENT",
          "JAVA_HTTP_SERVER",
          "JDBC",
          "JMS",
          "OPENTELEMETRY_API");
  private static final String NODE_NEEDED = "install Node.js 20 or later with npm";
  private static final String PYTHON_NEEDED = "install Python 3.10 or later";

  private final Path home;
  private final Path cache;
  private final Path logs;
  private final Consumer<String> say;

  /// @param home the module's folder
  /// @param cache where installed packages are kept
  /// @param logs where installers write
  /// @param say told what takes its time, a line each
  public Workshop(Path home, Path cache, Path logs, Consumer<String> say) {
    this.home = home;
    this.cache = cache;
    this.logs = logs;
    this.say = say;
  }

  /// A service that can't run here.
  ///
  /// @param why a sentence with what to install
  public record Missing(Service service, String why) {}

  /// What can run, and what can't.
  public record Services(List<Program> programs, List<Missing> missing) {
    public List<Service> running() {
      return programs.stream().map(Program::service).toList();
    }
  }

  /// Finds or installs what the services need. The Java services always run.
  public Services prepare() throws ShopDownException, InterruptedException {
    makeFolder(logs, "choose another data directory with --data");
    makeFolder(cache, "choose another with XDG_CACHE_HOME");
    List<Program> programs = new ArrayList<>();
    List<Missing> missing = new ArrayList<>();
    programs.add(java(Service.INVENTORY, "InventoryMain"));
    programs.add(java(Service.ORDERS, "OrdersMain"));
    programs.add(java(Service.GATEWAY, "GatewayMain"));
    try {
      add(Service.PRICING, programs, missing, this::python);
      add(Service.FULFILMENT, programs, missing, this::node);
    } catch (IOException e) {
      throw new ShopDownException(
          "%s can't be used for what pip and npm install: %s".formatted(cache, e));
    }
    return new Services(List.copyOf(programs), List.copyOf(missing));
  }

  private static void makeFolder(Path folder, String advice) throws ShopDownException {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new ShopDownException(folder + " can't be made (" + e + "): " + advice);
    }
  }

  /// Makes a program, or says why there is none.
  private interface Maker {
    Program make() throws IOException, InterruptedException, CannotHaveException;
  }

  /// What a service needs is not here; the message says what to install.
  private static final class CannotHaveException extends Exception {
    CannotHaveException(String message) {
      super(message);
    }
  }

  private static void add(
      Service service, List<Program> programs, List<Missing> missing, Maker maker)
      throws IOException, InterruptedException {
    try {
      programs.add(maker.make());
    } catch (CannotHaveException e) {
      missing.add(new Missing(service, String.valueOf(e.getMessage())));
    }
  }

  private Program java(Service service, String main) {
    return new Program(
        service,
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-javaagent:" + home.resolve("target/javaagent/opentelemetry-javaagent.jar"),
            "-Xmx" + (service == Service.ORDERS ? "128m" : "96m"),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "deepflow.demo.service." + main),
        javaEnvironment());
  }

  private static Map<String, String> javaEnvironment() {
    Map<String, String> environment = new HashMap<>();
    // Not on the command line, which the javaagent puts on every resource.
    environment.put("CLASSPATH", System.getProperty("java.class.path"));
    environment.put("OTEL_JAVA_EXPERIMENTAL_SPAN_ATTRIBUTES_COPY_FROM_BAGGAGE_INCLUDE", "*");
    environment.put("OTEL_SEMCONV_STABILITY_OPT_IN", "database");
    // Only the instrumentation that the services need: they start in half the time.
    environment.put("OTEL_INSTRUMENTATION_COMMON_DEFAULT_ENABLED", "false");
    INSTRUMENTATION.forEach(
        name -> environment.put("OTEL_INSTRUMENTATION_" + name + "_ENABLED", "true"));
    return environment;
  }

  private Program python() throws IOException, InterruptedException, CannotHaveException {
    Path log = logs.resolve("install-pricing.log");
    String check = "import sys; sys.exit(sys.version_info < (3, 10))";
    if (!succeeds(log, List.of("python3", "-c", check), home)) {
      throw new CannotHaveException("there is no usable python3: " + PYTHON_NEEDED);
    }
    Path requirements = home.resolve("pricing/requirements.txt");
    Path installed = cache.resolve("pricing-" + checksum(requirements));
    if (!Files.isDirectory(installed)) {
      say.accept("installing the OpenTelemetry SDK for Python, once");
      Path fresh = fresh(installed);
      if (!succeeds(log, List.of("python3", "-m", "venv", fresh.toString()), home)) {
        throw new CannotHaveException(
            "python3 can't make a virtual environment: install it (Debian: apt-get install"
                + " python3-venv)");
      }
      String python = fresh.resolve("bin/python").toString();
      List<String> pip =
          List.of(python, "-m", "pip", "install", "--quiet", "-r", requirements.toString());
      install(pip, home, log, fresh, installed);
    }
    List<String> command =
        List.of(
            installed.resolve("bin/python").toString(), home.resolve("pricing/main.py").toString());
    return new Program(Service.PRICING, command, Map.of("PYTHONDONTWRITEBYTECODE", "1"));
  }

  private Program node() throws IOException, InterruptedException, CannotHaveException {
    Path log = logs.resolve("install-fulfilment.log");
    String check = "process.exit(Number(process.versions.node.split('.')[0]) < 20 ? 1 : 0)";
    if (!succeeds(log, List.of("node", "-e", check), home)) {
      throw new CannotHaveException("there is no usable node: " + NODE_NEEDED);
    }
    Path source = home.resolve("fulfilment");
    Path installed = cache.resolve("fulfilment-" + checksum(source.resolve("package-lock.json")));
    if (!Files.isDirectory(installed)) {
      say.accept("installing the OpenTelemetry SDK for Node.js, once");
      Path fresh = fresh(installed);
      Files.createDirectories(fresh);
      for (String file : List.of("package.json", "package-lock.json", ".npmrc")) {
        Files.copy(source.resolve(file), fresh.resolve(file));
      }
      install(List.of("npm", "ci", "--ignore-scripts"), fresh, log, fresh, installed);
    }
    return new Program(
        Service.FULFILMENT,
        List.of("node", source.resolve("main.js").toString()),
        Map.of(
            "NODE_PATH",
            installed.resolve("node_modules").toString(),
            "OTEL_SEMCONV_STABILITY_OPT_IN",
            "http"));
  }

  /// An installation appears under its name only when it is whole.
  private static void install(
      List<String> command, Path folder, Path log, Path fresh, Path installed)
      throws IOException, InterruptedException, CannotHaveException {
    if (!succeeds(log, command, folder)) {
      throw new CannotHaveException(
          "%s could not install what it needs: %s says why".formatted(command.getFirst(), log));
    }
    Files.move(fresh, installed);
  }

  private static Path fresh(Path installed) {
    return installed.resolveSibling(
        installed.getFileName() + "." + ProcessHandle.current().pid() + ".new");
  }

  private static boolean succeeds(Path log, List<String> command, Path folder)
      throws InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.redirectErrorStream(true).redirectInput(new File("/dev/null"));
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    try {
      return builder.start().waitFor() == 0;
    } catch (IOException _) {
      return false; // there is no such program
    }
  }

  private static String checksum(Path file) throws IOException {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(Files.readString(file).getBytes(UTF_8));
      return HexFormat.of().formatHex(digest, 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
