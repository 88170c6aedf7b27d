package deepflow.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/// In whose words a store is asked over HTTP. Paths are relative to the store's own.
enum Language {
  /// Tempo's API with TraceQL: ours, and Tempo's.
  TRACEQL {
    @Override
    boolean canSay(Search search) {
      return true;
    }

    @Override
    String path(Search search, Instant from, Instant to) {
      List<String> conditions = new ArrayList<>();
      if (search.service() != null) {
        conditions.add("resource.service.name = \"%s\"".formatted(search.service()));
      }
      if (search.longerThanMicros() > 0) {
        conditions.add("duration > %sus".formatted(search.longerThanMicros()));
      }
      search
          .attributes()
          .forEach((key, value) -> conditions.add("span.%s = \"%s\"".formatted(key, value)));
      return "api/search?limit=%s&start=%s&end=%s&q=%s"
          .formatted(
              Search.LIMIT,
              from.getEpochSecond(),
              to.getEpochSecond() + 1,
              encoded("{ " + String.join(" && ", conditions) + " }"));
    }

    @Override
    boolean hasNothing(int status, String answer) {
      return status == 200 && answer.contains("\"traces\":[]");
    }

    @Override
    boolean hasNoTrace(int status, String answer) {
      return status == 404;
    }
  },

  /// Jaeger's query API, as VictoriaTraces has it too. It can only ask for one service's traces,
  /// and answers with all of their spans.
  JAEGER {
    @Override
    boolean canSay(Search search) {
      return search.service() != null;
    }

    @Override
    String path(Search search, Instant from, Instant to) {
      String tags =
          search.attributes().entrySet().stream()
              .map(tag -> "\"%s\":\"%s\"".formatted(tag.getKey(), tag.getValue()))
              .collect(Collectors.joining(",", "{", "}"));
      String path =
          "api/traces?limit=%s&start=%s&end=%s&service=%s"
              .formatted(
                  Search.LIMIT,
                  from.toEpochMilli() * 1000,
                  to.toEpochMilli() * 1000,
                  search.service());
      return path
          + (search.attributes().isEmpty() ? "" : "&tags=" + encoded(tags))
          + (search.longerThanMicros() > 0
              ? "&minDuration=" + search.longerThanMicros() + "us"
              : "");
    }

    @Override
    boolean hasNothing(int status, String answer) {
      return status == 200 && answer.contains("\"data\":[]");
    }

    @Override
    boolean hasNoTrace(int status, String answer) {
      return status == 404 || hasNothing(status, answer);
    }
  };

  abstract boolean canSay(Search search);

  abstract String path(Search search, Instant from, Instant to);

  /// Whether an answer says that a search found nothing.
  abstract boolean hasNothing(int status, String answer);

  /// Whether an answer says that there is no trace of an id.
  abstract boolean hasNoTrace(int status, String answer);

  /// Whether an answer tells of traces.
  boolean hasFound(int status, String answer) {
    return status == 200 && (answer.contains("\"traceID\"") || answer.contains("\"traceId\""));
  }

  String path(byte[] traceId) {
    return "api/traces/" + HexFormat.of().formatHex(traceId);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8);
  }
}
