package deepflow.demo.service;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The demo, as its child speaks to it (see this package's description).
final class Parent {
  private final BufferedReader in;
  private final PrintStream out;

  Parent(InputStream in, PrintStream out) {
    this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    this.out = out;
  }

  /// Says that the service is ready.
  ///
  /// @param offers name to `host:port`
  void ready(Map<String, String> offers) {
    String list =
        offers.entrySet().stream()
            .map(offer -> " " + offer.getKey() + "=" + offer.getValue())
            .collect(Collectors.joining());
    out.println("ready" + list);
    out.flush();
  }

  /// Waits for what all services offer.
  ///
  /// @return name to `host:port`; empty when the demo has ended before
  Map<String, String> peers() throws IOException {
    String line = in.readLine();
    return line == null ? Map.of() : parse(line);
  }

  private static Map<String, String> parse(String line) {
    Map<String, String> peers = new TreeMap<>();
    for (String word : line.split(" ", -1)) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        peers.put(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    return peers;
  }

  /// Returns when the demo has ended, or wants this process to end.
  void awaitEnd() throws IOException {
    @Nullable String line;
    do {
      line = in.readLine();
    } while (line != null);
  }
}
