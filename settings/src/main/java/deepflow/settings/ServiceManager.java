package deepflow.settings;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells systemd how a program is that it has started with `Type=notify` and `NotifyAccess=all`, by
/// `systemd-notify`: Java has no datagrams for the socket that systemd listens on. Under anything
/// else it does nothing.
public final class ServiceManager {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);
  private static final String SOCKET = "NOTIFY_SOCKET";

  private ServiceManager() {}

  /// The program does its work from now on.
  ///
  /// @param status a sentence for `systemctl status`
  public static void ready(String status) {
    tell("READY=1", "STATUS=" + status);
  }

  /// The program was told to end and is about to.
  public static void stopping() {
    tell("STOPPING=1"); // its flag came with systemd 253
  }

  private static void tell(String... what) {
    if (System.getenv(SOCKET) == null) {
      return;
    }
    String[] command = new String[what.length + 1];
    command[0] = "systemd-notify";
    System.arraycopy(what, 0, command, 1, what.length);
    try {
      new ProcessBuilder(command)
          .redirectOutput(Redirect.DISCARD)
          .redirectError(Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      LOG.warn("systemd can't be told {}: {}", what[0], e.getMessage());
    }
  }
}
