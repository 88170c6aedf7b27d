package deepflow.wire.control;

/// A configuration with every key that has an effect, and what it is when it isn't there.
public final class GroupConfigExample {
  /// YAML that changes nothing.
  public static final String TEXT =
      """
      # Configuration of a group of agents. Every key may be left out; here each stands with its default.
      # It is laid over the default group's configuration, key by key; agents apply it while they run.
      inputs:
        integration:
          # false: senders are refused (403, PERMISSION_DENIED). Old name: external_agent_http_proxy_enabled (0, 1)
          enabled: true
          feature_control:
            # true: the same for traces, which is all that these agents take
            trace_integration_disabled: false
          limits:
            # spans a second that an agent takes; beyond it senders are told to wait. 0: no limit
            max_spans_per_second: 0
            # largest request, also after decompression; more than the agent's own --max-request-size has no effect
            max_request_size: 64MiB
          attributes:
            # attributes of resources, scopes, spans, events and links that an agent takes out before it keeps a
            # request: a key, or the beginning of one with * behind it, such as "http.request.header.*"
            drop: []
            # values that it makes unreadable: {key: url.full, pattern: "token=[^&]*", replacement: "token=***"}.
            # pattern is RE2's; without it the whole value is replaced, with *** when replacement isn't there
            mask: []
      global:
        communication:
          # Mbps that an agent writes to the servers, 0: no limit. Without this key: the agent's own --max-bandwidth
          #max_throughput_to_ingester: 100
          # how often an agent asks for a newer configuration. Old name: sync_interval (seconds)
          proactive_request_interval: 10s
      # Configuration of an OpenTelemetry collector, for members of the group that are one and run under OpAMP's
      # supervisor
      #collector:
      #  receivers: {otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}}
      #  exporters: {otlphttp: {traces_endpoint: "http://127.0.0.1:38086/api/v1/otel/trace"}}
      #  service: {pipelines: {traces: {receivers: [otlp], exporters: [otlphttp]}}}
      """;

  private GroupConfigExample() {}
}
