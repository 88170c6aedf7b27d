import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// Kills a [Store] again and again, and then compares what it holds with what it was sent.
///
/// `java ExactlyOnce LIBRARY FOLDER content|token KILLS SEED [syscalls|errors|full]`. Kills come at random times, or, by `syscalls`, on
/// entry to a counted system call (needs strace). `errors`: system calls fail with ENOSPC now and then (needs strace). `full`: the disk of
/// FOLDER (make it a small tmpfs) is filled up and freed again in every round.
final class ExactlyOnce {
  private static final List<String> CALLS =
      List.of("rename", "rename", "fdatasync", "unlink,unlinkat,rmdir", "write", "openat");
  private static final List<String> FAILING = List.of("rename", "fdatasync", "write");

  private final String library;
  private final String variant;
  private final String mode;
  private final long seed;
  private final Random random;
  private final Path store;
  private final long[] acknowledged = new long[Store.AGENTS];
  private final Map<String, Integer> errors = new TreeMap<>();
  private int ready;

  private ExactlyOnce(String[] args) throws IOException {
    library = args[0];
    store = Files.createTempDirectory(Path.of(args[1]), "once-");
    variant = args[2];
    seed = Long.parseLong(args[4]);
    random = new Random(seed);
    mode = args.length > 5 ? args[5] : "random";
  }

  public static void main(String[] args) throws Exception {
    if (args[0].equals("check")) {
      Engine.load(Path.of(args[1]));
      Store store = new Store(args[2], args[3]);
      boolean exact = new Audit(store, args[4]).exact();
      store.engine().close();
      System.exit(exact ? 0 : 1);
    }
    System.exit(new ExactlyOnce(args).run(Integer.parseInt(args[3])));
  }

  private int run(int kills) throws Exception {
    for (int i = 0; i < kills; i++) {
      round(i);
    }
    System.out.printf(
        "%s, %s, seed %d: killed %d times, %d of them after recovery; acknowledged %s%n",
        variant, mode, seed, kills, ready, Arrays.toString(acknowledged));
    errors.forEach((text, times) -> System.out.println("  " + times + " x " + text));
    List<String> check = java("ExactlyOnce");
    check.addAll(
        List.of("check", library, store.toString(), variant, Arrays.toString(acknowledged)));
    int code = new ProcessBuilder(check).inheritIO().start().waitFor();
    if (code == 0) {
      Bench.delete(store);
    } else {
      System.out.println("  NOT EXACT; the store is kept: " + store);
    }
    return code;
  }

  private void round(int i) throws Exception {
    List<String> command = strace();
    command.addAll(java("Store"));
    command.addAll(List.of(library, store.toString(), variant, Long.toString(seed * 1000 + i)));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Thread reader = Thread.ofPlatform().start(() -> read(process));
    if (mode.equals("syscalls")) {
      process.waitFor(20, TimeUnit.SECONDS);
    } else {
      boolean early = random.nextInt(8) == 0;
      live(early ? 300 + random.nextInt(1500) : 2500 + random.nextInt(4500));
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process.waitFor();
    reader.join();
  }

  private void live(int milliseconds) throws Exception {
    Path ballast = store.resolveSibling("ballast-" + store.getFileName());
    if (mode.equals("full")) {
      fillDisk(ballast, 400_000 + random.nextInt(3_000_000));
    }
    Thread.sleep(mode.equals("errors") ? milliseconds * 3L : milliseconds);
    if (Files.deleteIfExists(ballast)) {
      Thread.sleep(random.nextInt(2) * 1500);
    }
  }

  private static void fillDisk(Path ballast, long free) throws IOException {
    try (var out = Files.newOutputStream(ballast)) {
      byte[] piece = new byte[1 << 16];
      while (ballast.toFile().getUsableSpace() > free) {
        out.write(piece);
      }
    }
  }

  private List<String> strace() {
    boolean failing = mode.equals("errors");
    if (!failing && !mode.equals("syscalls")) {
      return new ArrayList<>();
    }
    List<String> calls = failing ? FAILING : CALLS;
    String call = calls.get(random.nextInt(calls.size()));
    int when = 1 + random.nextInt(call.equals("rename") ? 60 : 600);
    String what =
        failing
            ? ":error=ENOSPC:when=" + when + "+" + (20 + random.nextInt(60))
            : ":signal=KILL:when=" + when;
    String trace = store + ".strace";
    return new ArrayList<>(
        List.of("strace", "-f", "-o", trace, "-e", "trace=" + call, "-e", "inject=" + call + what));
  }

  private static List<String> java(String main) {
    String java = ProcessHandle.current().info().command().orElseThrow();
    String path = System.getProperty("java.class.path");
    return new ArrayList<>(
        List.of(java, "--enable-native-access=ALL-UNNAMED", "-Xmx700m", "-cp", path, main));
  }

  private void read(Process process) {
    try (BufferedReader in = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
      in.lines().forEach(this::line);
    } catch (IOException | java.io.UncheckedIOException e) {
      System.out.println("  the store's output ended: " + e.getMessage());
    }
  }

  private void line(String line) {
    String[] words = line.split(" ");
    switch (words[0]) {
      case "ack" -> {
        if (words.length == 3) {
          int agent = Integer.parseInt(words[1]);
          acknowledged[agent] = Math.max(acknowledged[agent], Long.parseLong(words[2]));
        }
      }
      case "error" -> errors.merge(line.substring(0, Math.min(70, line.length())), 1, Integer::sum);
      case "ready" -> ready++;
      default -> System.out.println("  store: " + line);
    }
  }
}
