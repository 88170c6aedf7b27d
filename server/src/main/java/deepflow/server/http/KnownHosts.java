package deepflow.server.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The names under which a request may reach us: addresses, localhost, this machine's names, names
/// inside a Kubernetes cluster that no public DNS can give out, and those of the setting.
///
/// An address is always right: a rebound name arrives as that name.
public final class KnownHosts {

  private static final List<String> CLUSTER_SUFFIXES = List.of(".svc", ".svc.cluster.local");

  private final Set<String> names = new HashSet<>();

  private KnownHosts() {}

  /// This machine's names and some more.
  ///
  /// @param bindAddress what the server listens on, as it was set
  public static KnownHosts of(String bindAddress, List<String> more) {
    KnownHosts hosts = new KnownHosts();
    hosts.add("localhost");
    hosts.add(bindAddress);
    more.forEach(hosts::add);
    try {
      InetAddress local = InetAddress.getLocalHost();
      hosts.add(local.getHostName());
      hosts.add(local.getCanonicalHostName());
    } catch (UnknownHostException _) {
      // A machine without a name of its own is reached by address.
    }
    return hosts;
  }

  private void add(String name) {
    names.add(name.toLowerCase(Locale.ROOT));
  }

  /// Whether a request may come under that name.
  ///
  /// @param name without a port, IPv6 without brackets
  boolean contains(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    return names.contains(wanted)
        || wanted.endsWith(".localhost")
        || CLUSTER_SUFFIXES.stream().anyMatch(wanted::endsWith)
        || isAddress(wanted);
  }

  private static boolean isAddress(String name) {
    try {
      InetAddress.ofLiteral(name);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /// The name in `name:port` or `[address]:port`.
  static String nameOf(String authority) {
    if (authority.startsWith("[")) {
      int end = authority.indexOf(']');
      return end < 0 ? "" : authority.substring(1, end);
    }
    int colon = authority.lastIndexOf(':');
    return colon < 0 ? authority : authority.substring(0, colon);
  }
}
