package deepflow.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How many spans can be found, by DeepFlow's SQL.
///
/// @param server its URL, without a path
record StoredSpans(URI server) {
  private static final Pattern NUMBER = Pattern.compile("\"values\":\\s*\\[\\s*\\[\\s*(\\d+)");
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /// Waits until all of them can be found.
  ///
  /// @param services what their names begin with
  /// @throws IllegalStateException when there are more
  void awaitCount(String services, long wanted) throws IOException, InterruptedException {
    long found = count(services);
    while (found < wanted) {
      Thread.sleep(200);
      found = count(services);
    }
    if (found > wanted) {
      throw new IllegalStateException("more spans than were sent: " + found);
    }
  }

  /// @param services what their names begin with
  long count(String services) throws IOException, InterruptedException {
    String sql =
        "SELECT Count(row) AS n FROM l7_flow_log WHERE app_service LIKE '" + services + "*'";
    String form = "db=flow_log&sql=" + URLEncoder.encode(sql, StandardCharsets.UTF_8);
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve("/v1/query/"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build();
    String answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
    Matcher matcher = NUMBER.matcher(answer);
    if (!matcher.find()) {
      throw new IllegalStateException("not an answer to a count: " + answer);
    }
    return Long.parseLong(matcher.group(1));
  }
}
