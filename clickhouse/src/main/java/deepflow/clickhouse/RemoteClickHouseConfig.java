package deepflow.clickhouse;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.time.Duration;
import java.util.regex.Pattern;

/// How a ClickHouse elsewhere is reached.
///
/// @param url of its HTTP interface, such as `https://clickhouse:8443`; no user, query or fragment
///   in it
/// @param user who must be allowed to make tables in database `deepflow`
/// @param password never shown; printable ASCII, as a header takes it
/// @param queryTimeout after which the server ends a query, unless it sets `max_execution_time`
///   itself
/// @param writeTimeout after which a statement that writes is killed
/// @param silenceMax how much longer than its time a query may say nothing, and how long a KILL may
///   take
/// @param waitMax how long a statement waits for a free connection before it is busy
/// @param writers statements that may write at the same time
/// @param readers trusted queries at the same time
/// @param untrustedReaders users' queries at the same time
public record RemoteClickHouseConfig(
    URI url,
    String user,
    String password,
    Duration queryTimeout,
    Duration writeTimeout,
    Duration silenceMax,
    Duration waitMax,
    int writers,
    int readers,
    int untrustedReaders) {
  private static final Pattern HEADER =
      Pattern.compile("[\\x21-\\x7E]([\\x20-\\x7E]*[\\x21-\\x7E])?");

  /// Checks what was given.
  ///
  /// @throws IllegalArgumentException with a message for an operator, without the password
  public RemoteClickHouseConfig {
    requireUrl(url);
    requireHeader("the user", user);
    if (!password.isEmpty()) {
      requireHeader("the password", password);
    }
    requireNonNull(queryTimeout, "queryTimeout");
    requireNonNull(writeTimeout, "writeTimeout");
    requireNonNull(silenceMax, "silenceMax");
    requireNonNull(waitMax, "waitMax");
    if (writers < 1 || readers < 1 || untrustedReaders < 1) {
      throw new IllegalArgumentException("at least one connection of each kind is needed");
    }
  }

  /// With the times and numbers of [EmbeddedClickHouseConfig#at], more readers, and ten minutes for
  /// what writes.
  public static RemoteClickHouseConfig at(URI url, String user, String password) {
    return new RemoteClickHouseConfig(
        url,
        user,
        password,
        Duration.ofSeconds(60),
        Duration.ofMinutes(10),
        Duration.ofSeconds(15),
        Duration.ofSeconds(30),
        4,
        8,
        4);
  }

  /// The same with other times.
  public RemoteClickHouseConfig withTimes(
      Duration query, Duration write, Duration silence, Duration wait) {
    return new RemoteClickHouseConfig(
        url, user, password, query, write, silence, wait, writers, readers, untrustedReaders);
  }

  private static void requireUrl(URI url) {
    boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
    if (!http || url.getHost() == null) {
      throw new IllegalArgumentException(
          "'%s' is no address of a ClickHouse: write http://HOST:8123 or https://HOST:8443"
              .formatted(withoutUser(url)));
    }
    if (url.getRawUserInfo() != null || url.getRawQuery() != null || url.getFragment() != null) {
      throw new IllegalArgumentException(
          "the address of ClickHouse %s must end after host, port and path: user and password have settings of their own"
              .formatted(withoutUser(url)));
    }
  }

  /// What may be shown of an address in which somebody wrote a password.
  private static String withoutUser(URI url) {
    return url.toString().replaceAll("//[^/]*@", "//").replaceAll("[?#].*", "");
  }

  private static void requireHeader(String what, String value) {
    if (!HEADER.matcher(value).matches()) {
      throw new IllegalArgumentException(
          what + " of ClickHouse must be printable ASCII and not empty");
    }
  }

  /// Without the password.
  @Override
  public String toString() {
    return "%s as %s".formatted(url, user);
  }
}
