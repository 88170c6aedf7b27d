package deepflow.agent.forward;

import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a server takes frames.
///
/// @param host name or address; resolved anew for each connection, because names move
/// @param port 1 to 65535
public record ServerAddress(String host, int port) {
  private static final Pattern TEXT =
      Pattern.compile("(?:\\[(?<v6>[0-9a-fA-F:.%]+)]|(?<host>[^:\\s\\[\\]]+)):(?<port>\\d{1,5})");
  private static final int PORT_MAX = 0xFFFF;

  /// Reads `host:port`; an IPv6 address stands in brackets.
  ///
  /// @throws IllegalArgumentException with a sentence for the operator
  public static ServerAddress parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw notAnAddress(text);
    }
    int port = Integer.parseInt(matcher.group("port"));
    if (port == 0 || port > PORT_MAX) {
      throw notAnAddress(text);
    }
    String v6 = matcher.group("v6");
    return new ServerAddress(v6 == null ? matcher.group("host") : v6, port);
  }

  private static IllegalArgumentException notAnAddress(String text) {
    return new IllegalArgumentException(
        "server '%s' must be host:port, such as deepflow-server:20033 or [2001:db8::7]:20033"
            .formatted(text));
  }

  InetSocketAddress resolve() {
    return new InetSocketAddress(host, port);
  }

  /// The host as it stands in a URL.
  public String hostInUrl() {
    return host.indexOf(':') < 0 ? host : "[" + host + "]";
  }

  @Override
  public String toString() {
    return hostInUrl() + ":" + port;
  }
}
