package deepflow.ctl.doctor;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/// Asks a program over HTTP.
final class Probe {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// More than a request takes, and the second that the header Date leaves out.
  private static final Duration SKEW_MAX = Duration.ofSeconds(5);

  /// What it answered.
  ///
  /// @param skew how far its clock is ahead of ours; null when it doesn't say
  record Answer(int status, String body, @Nullable Duration skew) {}

  private final String base;
  private final InstantSource clock;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  /// Asks there.
  ///
  /// @param address `http://host:port`, or only `host:port`
  Probe(String address, InstantSource clock) {
    String url = address.contains("://") ? address : "http://" + address;
    this.base = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    this.clock = clock;
  }

  String address() {
    return base;
  }

  /// @throws IOException when there is no answer; the message says why
  Answer get(String path) throws IOException, InterruptedException {
    HttpRequest request;
    try {
      request = HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE).build();
    } catch (IllegalArgumentException e) {
      throw new IOException("this is no address: " + e.getMessage(), e);
    }
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    Instant now = clock.instant();
    Duration skew = response.headers().firstValue("date").map(date -> skew(date, now)).orElse(null);
    return new Answer(response.statusCode(), response.body(), skew);
  }

  private static @Nullable Duration skew(String date, Instant now) {
    try {
      Instant theirs = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Duration.between(now, theirs);
    } catch (DateTimeParseException _) {
      return null;
    }
  }

  /// Tells when a clock is so wrong that traces look wrong.
  void checkClock(Answer answer, Findings findings) {
    Duration skew = answer.skew();
    if (skew != null && skew.abs().compareTo(SKEW_MAX) > 0) {
      findings.add(
          Problem.CLOCK_SKEW,
          base,
          "its clock is %s s %s this machine's: spans of one trace don't fit together, and searches for the last minutes miss some"
              .formatted(skew.abs().toSeconds(), skew.isNegative() ? "behind" : "ahead of"),
          "synchronise the clocks of both machines (chrony, systemd-timesyncd)");
    }
  }
}
