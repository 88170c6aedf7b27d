package deepflow.demo.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A process of the shop. It ends when its standard input does, and so never outlives this one.
final class Child {
  private final String name;
  private final Process process;
  private final Path log;
  private final CompletableFuture<Map<String, String>> offers = new CompletableFuture<>();

  private Child(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /// Starts a process with its words in `NAME.log`.
  ///
  /// @param environment added to this process' own, from which settings of OpenTelemetry and of
  ///   DeepFlow are taken: a service is told everything by us
  static Child start(String name, List<String> command, Map<String, String> environment, Path logs)
      throws ShopDownException {
    Path log = logs.resolve(name + ".log");
    ProcessBuilder builder = new ProcessBuilder(command).directory(logs.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(key -> key.startsWith("OTEL_") || key.startsWith("DEEPFLOW_"));
    builder.environment().putAll(environment);
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    try {
      Files.deleteIfExists(log);
      Child child = new Child(name, builder.start(), log);
      Thread.ofVirtual().name(name).start(child::listen);
      return child;
    } catch (IOException e) {
      throw new ShopDownException(name + " can't be started: " + e.getMessage());
    }
  }

  /// Follows what the child prints: the line that says that it is ready, and what goes to its log.
  private void listen() {
    try (BufferedReader out = process.inputReader(UTF_8);
        Writer writer =
            Files.newBufferedWriter(
                log, UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.equals("ready") || line.startsWith("ready ")) {
          offers.complete(parse(line));
        } else {
          writer.write(line + "\n");
          writer.flush();
        }
      }
      offers.completeExceptionally(new IOException("its output has ended"));
    } catch (IOException e) {
      offers.completeExceptionally(e);
    }
  }

  private static Map<String, String> parse(String line) {
    Map<String, String> offers = new TreeMap<>();
    for (String word : line.split(" ", -1)) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        offers.put(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    return offers;
  }

  /// Waits until it says that it is ready.
  ///
  /// @return what it offers, name to `host:port`
  Map<String, String> awaitReady(Duration atMost) throws ShopDownException, InterruptedException {
    try {
      return offers.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      throw new ShopDownException(
          "%s was not ready within %s s: %s says why".formatted(name, atMost.toSeconds(), log));
    } catch (ExecutionException _) {
      throw ended();
    }
  }

  /// What to say of its end.
  ShopDownException ended() {
    String code = process.isAlive() ? "" : " with exit code " + process.exitValue();
    return new ShopDownException(name + " has ended" + code + ": " + log + " says why");
  }

  /// Names to it what all services offer.
  void tell(Map<String, String> peers) throws ShopDownException {
    StringBuilder line = new StringBuilder("peers");
    peers.forEach((peer, address) -> line.append(' ').append(peer).append('=').append(address));
    try {
      process.getOutputStream().write((line + "\n").getBytes(UTF_8));
      process.getOutputStream().flush();
    } catch (IOException _) {
      throw ended();
    }
  }

  CompletableFuture<Child> end() {
    return process.onExit().thenApply(_ -> this);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// Tells it to end.
  void release() {
    try {
      process.getOutputStream().close();
    } catch (IOException _) {
      // It has ended already.
    }
  }

  /// Waits for its end, and makes one when it takes too long.
  void awaitEnd(Duration atMost) {
    try {
      if (process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
