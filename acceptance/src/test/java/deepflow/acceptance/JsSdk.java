package deepflow.acceptance;

import java.util.List;

/// The real JavaScript SDK, whose exporter over HTTP sends JSON, in chunks and without a length.
final class JsSdk {
  private JsSdk() {}

  /// Sends a parent and a child.
  ///
  /// @param endpoint path included
  /// @param compression `none` or `gzip`
  /// @return the trace id, in hex
  static String send(String endpoint, String compression) throws Exception {
    return SdkScript.run("js-sdk-" + compression, List.of("node", script(), endpoint, compression));
  }

  /// The same from an address of this host.
  static String sendFrom(String address, String endpoint) throws Exception {
    return SdkScript.run("js-sdk-" + address, List.of("node", script(), endpoint, "none", address));
  }

  private static String script() {
    return RealParts.jsSdk().toString();
  }
}
