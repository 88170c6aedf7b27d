package deepflow.ctl.doctor;

import java.util.Map;

/// A collector's component, `type` or `type/name`, such as `otlp_http/deepflow`.
///
/// @param type under the name that collectors have now
/// @param written as it stands in the configuration
record ComponentId(String type, String written) {

  /// Names that collectors still take, and what they are called now.
  private static final Map<String, String> RENAMED =
      Map.of(
          "otlphttp", "otlp_http",
          "otlp", "otlp_grpc",
          "k8sattributes", "k8s_attributes");

  static ComponentId exporter(String written) {
    return processor(written);
  }

  static ComponentId processor(String written) {
    String type = typeOf(written);
    return new ComponentId(RENAMED.getOrDefault(type, type), written);
  }

  /// The receiver `otlp` is still called so.
  static ComponentId receiver(String written) {
    return new ComponentId(typeOf(written), written);
  }

  private static String typeOf(String written) {
    int slash = written.indexOf('/');
    return (slash < 0 ? written : written.substring(0, slash)).strip();
  }
}
