package deepflow.ctl.doctor;

import java.util.Locale;

/// The mistakes that the doctor knows, in the order of a span's way.
enum Problem {
  /// The collector's configuration is no YAML, or has no collector in it.
  UNREADABLE(Severity.ERROR),
  /// A pipeline names a component that isn't there.
  UNDEFINED(Severity.ERROR),
  /// A component that collectors no longer have, or never had under that name.
  UNKNOWN_COMPONENT(Severity.ERROR),
  /// Nothing in it handles traces.
  NO_TRACES_PIPELINE(Severity.ERROR),
  /// The receiver can't be reached from other pods.
  ONLY_LOCALHOST(Severity.ERROR),
  /// Nothing says which pod a span came from.
  NO_K8SATTRIBUTES(Severity.ERROR),
  /// `resource` takes k8s.pod.ip before it is there.
  RESOURCE_FIRST(Severity.ERROR),
  /// After `batch` a span's connection is forgotten.
  BATCH_FIRST(Severity.ERROR),
  /// Nothing sets app.host.ip.
  NO_APP_HOST_IP(Severity.ERROR),
  /// `k8sattributes` doesn't set k8s.pod.ip, from which app.host.ip would be taken.
  NO_POD_IP(Severity.WARNING),
  /// `k8sattributes` was told to leave out who the pod is.
  NO_POD_IDENTITY(Severity.WARNING),
  /// No exporter sends traces to DeepFlow.
  NOT_TO_DEEPFLOW(Severity.ERROR),
  /// An exporter that speaks something else than its address wants.
  WRONG_EXPORTER(Severity.ERROR),
  WRONG_PATH(Severity.ERROR),
  WRONG_PORT(Severity.ERROR),
  TLS_TO_PLAINTEXT(Severity.ERROR),
  WRONG_COMPRESSION(Severity.ERROR),
  NO_RETRY(Severity.WARNING),
  /// Metrics, logs or profiles are sent to us.
  OTHER_SIGNALS(Severity.ERROR),

  AGENT_UNREACHABLE(Severity.ERROR),
  NOT_AN_AGENT(Severity.ERROR),
  AGENT_NOT_READY(Severity.ERROR),
  NO_SENDER(Severity.WARNING),
  REQUESTS_REFUSED(Severity.ERROR),
  SPANS_REJECTED(Severity.ERROR),
  HANDSHAKES_FAILED(Severity.ERROR),
  QUEUE_FILLING(Severity.WARNING),
  SPANS_DAMAGED(Severity.ERROR),
  SERVER_AWAY(Severity.ERROR),
  SPANS_GIVEN_UP(Severity.ERROR),

  SERVER_UNREACHABLE(Severity.ERROR),
  NOT_A_SERVER(Severity.ERROR),
  SERVER_NOT_READY(Severity.ERROR),
  NO_AGENT(Severity.ERROR),
  AGENT_SILENT(Severity.ERROR),
  AGENTS_SENT_AWAY(Severity.ERROR),
  SPANS_REFUSED(Severity.ERROR),
  CLOCK_SKEW(Severity.WARNING),

  KUBERNETES_UNREACHABLE(Severity.ERROR),
  FORBIDDEN(Severity.WARNING),
  MISSING_OBJECT(Severity.ERROR),
  SERVICE_NOT_LOCAL(Severity.ERROR),
  WRONG_SERVICE_PORT(Severity.ERROR),
  PODS_NOT_READY(Severity.ERROR),
  NO_RIGHTS(Severity.ERROR);

  /// Whether spans are lost or untagged, or only may be.
  enum Severity {
    ERROR,
    WARNING;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Severity severity;

  Problem(Severity severity) {
    this.severity = severity;
  }

  Severity severity() {
    return severity;
  }

  /// Its name for people and programs: `resource-first`.
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
