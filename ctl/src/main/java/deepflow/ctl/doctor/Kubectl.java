package deepflow.ctl.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.MissingNode;

/// Asks the Kubernetes API server through `kubectl`, which knows every way to log in.
final class Kubectl {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final JsonMapper JSON = new JsonMapper();

  private final String program;
  private final Path kubeconfig;

  /// Asks with the rights of that file's user.
  ///
  /// @param program `kubectl`, or where it is
  Kubectl(String program, Path kubeconfig) {
    this.program = program;
    this.kubeconfig = kubeconfig;
  }

  /// What the server answered, or didn't.
  ///
  /// @param json the objects; missing when there was an error
  /// @param error what `kubectl` said; empty when there was none
  record Answer(JsonNode json, String error) {
    boolean isForbidden() {
      return error.contains("(Forbidden)") || error.contains("forbidden:");
    }

    boolean isNotFound() {
      return error.contains("(NotFound)");
    }

    boolean isError() {
      return !error.isEmpty();
    }
  }

  /// The server's and kubectl's own; an error when the server can't be reached.
  Answer version() throws InterruptedException {
    return run(List.of("version", "-o", "json"), null);
  }

  /// An object, or all of a kind.
  Answer get(String namespace, String... what) throws InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("get", "-o", "json"));
    arguments.add("--namespace=" + namespace);
    arguments.addAll(List.of(what));
    return run(arguments, null);
  }

  /// Makes objects of that JSON, such as the questions of SubjectAccessReview, and returns them.
  Answer create(JsonNode objects) throws InterruptedException {
    return run(List.of("create", "-o", "json", "-f", "-"), objects.toString());
  }

  private Answer run(List<String> arguments, @Nullable String input) throws InterruptedException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(program, "--kubeconfig=" + kubeconfig, "--request-timeout=10s"));
    command.addAll(arguments);
    try {
      Process process = new ProcessBuilder(command).start();
      CompletableFuture<String> out =
          CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
      CompletableFuture<String> err =
          CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
      try (var in = process.outputWriter(StandardCharsets.UTF_8)) {
        in.write(input == null ? "" : input);
      }
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return failed("kubectl gave no answer within " + PATIENCE.toSeconds() + " s");
      }
      return process.exitValue() == 0
          ? new Answer(parse(out.join()), "")
          : failed(err.join().strip());
    } catch (IOException e) {
      return failed("kubectl can't be started: " + e.getMessage());
    } catch (JacksonException e) {
      return failed("kubectl's answer is no JSON: " + e.getOriginalMessage());
    }
  }

  /// An object; an array where `kubectl` has written several, one behind the other.
  private static JsonNode parse(String text) {
    ArrayNode objects = JSON.createArrayNode();
    try (MappingIterator<JsonNode> each = JSON.readerFor(JsonNode.class).readValues(text)) {
      each.forEachRemaining(objects::add);
    }
    return objects.size() == 1 ? objects.get(0) : objects;
  }

  private static Answer failed(String error) {
    return new Answer(MissingNode.getInstance(), error.isEmpty() ? "kubectl failed" : error);
  }

  private static String text(java.io.InputStream stream) {
    try (stream) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
