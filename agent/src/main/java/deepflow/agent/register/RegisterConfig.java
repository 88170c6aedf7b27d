package deepflow.agent.register;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/// Who controls the agent.
///
/// @param controller `http://host:port`, or `none`; empty for the host of the first server
/// @param group name or id of the group that the agent asks to be in; empty for the default one
public record RegisterConfig(String controller, String group) {
  /// What holds when nobody sets anything.
  public static final RegisterConfig DEFAULT = new RegisterConfig("", "");

  private static final String NONE = "none";
  private static final int PORT = 20416;
  private static final String PATH = "/v1/opamp";

  /// Checks the controller's address.
  ///
  /// @throws IllegalArgumentException with a sentence, when it is none
  public RegisterConfig {
    if (!controller.isEmpty() && !controller.equals(NONE)) {
      parse(controller);
    }
  }

  /// Where the controller takes OpAMP's messages; null for nowhere.
  ///
  /// @param server host of the first server, in brackets when it is an IPv6 address; empty when it
  ///   has no controller of ours
  public @Nullable URI uri(String server) {
    if (controller.equals(NONE) || (controller.isEmpty() && server.isEmpty())) {
      return null;
    }
    return parse(controller.isEmpty() ? "http://%s:%s".formatted(server, PORT) : controller);
  }

  private static URI parse(String controller) {
    try {
      URI uri = new URI(controller);
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (!http || uri.getHost() == null) {
        throw new URISyntaxException(controller, "no http://host:port");
      }
      String path = String.valueOf(uri.getPath());
      return path.isEmpty() || path.equals("/") ? uri.resolve(PATH) : uri;
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "the controller '%s' is no http://host:port: mend --controller, or set it to none"
              .formatted(controller),
          e);
    }
  }
}
