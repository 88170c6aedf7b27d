package deepflow.agent;

import deepflow.agent.forward.LinkConfig;
import deepflow.agent.forward.LinkProtocol;
import deepflow.agent.receive.ReceivePort;
import deepflow.agent.receive.ReceiverTlsConfig;
import deepflow.agent.register.RegisterConfig;
import deepflow.settings.Kind;
import deepflow.settings.Setting;
import deepflow.settings.Settings;
import deepflow.wire.tls.TlsFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What an operator can set of an agent, and how it becomes an [AgentConfig].
public final class AgentSettings {
  public static final Setting<Path> DATA = Setting.data("/var/lib/deepflow-agent");
  public static final Setting<String> HOST =
      Setting.of("host", "--host", Kind.TEXT, "127.0.0.1", "address to listen on; :: is every one");
  public static final Setting<List<String>> SERVER =
      Setting.of(
          "agent.server",
          "--server",
          Kind.LIST,
          List.of("127.0.0.1:20033"),
          "host:port of the server's ingest, or of several of one store: each agent has its own order");
  public static final Setting<Integer> PORT =
      Setting.of(
          "agent.port",
          "--agent-port",
          Kind.PORT,
          AgentConfig.AGENT_PORT,
          "the agent's own port: OTLP over HTTP and gRPC, /ready, /live, /metrics");
  public static final Setting<Integer> OTLP_GRPC_PORT =
      Setting.of(
          "agent.otlp-grpc-port",
          "--otlp-grpc-port",
          Kind.PORT,
          AgentConfig.OTLP_GRPC_PORT,
          "OTLP's port for gRPC; left out when it is taken and was not set");
  public static final Setting<Integer> OTLP_HTTP_PORT =
      Setting.of(
          "agent.otlp-http-port",
          "--otlp-http-port",
          Kind.PORT,
          AgentConfig.OTLP_HTTP_PORT,
          "OTLP's port for HTTP; left out when it is taken and was not set");
  public static final Setting<Long> QUEUE_SIZE =
      Setting.of(
          "agent.queue-size",
          "--queue-size",
          Kind.BYTES,
          AgentConfig.QUEUE_BYTES,
          "spans on disk that no server has yet; beyond it senders are told to wait");
  public static final Setting<Long> REQUEST_SIZE =
      Setting.of(
          "agent.max-request-size",
          "--max-request-size",
          Kind.BYTES,
          (long) AgentConfig.requestBytesMax(Runtime.getRuntime().maxMemory()),
          "largest request, also after decompression");
  public static final Setting<Long> IN_FLIGHT_SIZE =
      Setting.of(
          "agent.max-in-flight-size",
          "--max-in-flight-size",
          Kind.BYTES,
          AgentConfig.inFlightBytesMax(Runtime.getRuntime().maxMemory()),
          "memory for all requests that are under way");
  public static final Setting<List<String>> CORS_ORIGIN =
      Setting.of(
          "agent.cors-origin",
          "--cors-origin",
          Kind.LIST,
          List.of(),
          "origins of browsers that may send; * is every one");
  public static final Setting<String> TLS_CERT =
      Setting.of(
          "agent.tls.cert",
          "--tls-cert",
          Kind.TEXT,
          "",
          "PEM file: the certificate that senders are shown, with those between it and its authority; turns TLS on");
  public static final Setting<String> TLS_KEY =
      Setting.of("agent.tls.key", "--tls-key", Kind.TEXT, "", "PEM file: its private key");
  public static final Setting<String> TLS_CLIENT_CA =
      Setting.of(
          "agent.tls.client-ca",
          "--tls-client-ca",
          Kind.TEXT,
          "",
          "PEM file: who must have signed the senders' certificates; senders need none when not set");
  public static final Setting<Boolean> TLS_CLEARTEXT =
      Setting.of(
          "agent.tls.cleartext",
          "--tls-cleartext",
          Kind.SWITCH,
          false,
          "with --tls-cert: takes senders without TLS too, on the same ports");

  public static final Setting<String> LINK =
      Setting.of(
          "agent.link",
          "--agent-link",
          Kind.oneOf("acknowledged", "deepflow"),
          "acknowledged",
          "acknowledged: to servers of ours, nothing is lost; deepflow: to a server of DeepFlow,"
              + " which acknowledges nothing");
  public static final Setting<Integer> ID =
      Setting.of(
          "agent.id",
          "--agent-id",
          Kind.number(0, LinkConfig.DEEPFLOW_AGENT_ID_MAX),
          0,
          "with --agent-link deepflow: the agent's number in that system; 0 is unknown");
  public static final Setting<Long> MAX_BANDWIDTH =
      Setting.of(
          "agent.max-bandwidth",
          "--max-bandwidth",
          Kind.RATE,
          0L,
          "the most that is sent to the server in a second, resends included");
  public static final Setting<String> LINK_TLS_CA =
      Setting.of(
          "agent.link-tls.ca",
          "--link-tls-ca",
          Kind.TEXT,
          "",
          "PEM file: who must have signed the servers' certificates; turns TLS on");
  public static final Setting<String> LINK_TLS_CERT =
      Setting.of(
          "agent.link-tls.cert",
          "--link-tls-cert",
          Kind.TEXT,
          "",
          "PEM file: the certificate that this agent shows");
  public static final Setting<String> LINK_TLS_KEY =
      Setting.of(
          "agent.link-tls.key", "--link-tls-key", Kind.TEXT, "", "PEM file: its private key");
  public static final Setting<String> LINK_TLS_SERVER_NAME =
      Setting.of(
          "agent.link-tls.server-name",
          "--link-tls-server-name",
          Kind.TEXT,
          "",
          "name that the servers' certificates are for; the host in --server when not set");

  public static final Setting<String> CONTROLLER =
      Setting.of(
          "agent.controller",
          "--controller",
          Kind.TEXT,
          "",
          "who configures the agent: http://host:port, or none; port 20416 on the first server's host when not set");
  public static final Setting<String> GROUP =
      Setting.of(
          "agent.group",
          "--agent-group",
          Kind.TEXT,
          "",
          "name or id of the group whose configuration it asks for; the default group when not set");

  private AgentSettings() {}

  /// The settings of the receiving side: what an agent has wherever it runs.
  public static List<Setting<?>> intake() {
    return List.of(
        PORT,
        OTLP_GRPC_PORT,
        OTLP_HTTP_PORT,
        QUEUE_SIZE,
        REQUEST_SIZE,
        IN_FLIGHT_SIZE,
        CORS_ORIGIN,
        TLS_CERT,
        TLS_KEY,
        TLS_CLIENT_CA,
        TLS_CLEARTEXT,
        LINK,
        ID,
        MAX_BANDWIDTH,
        GROUP,
        LINK_TLS_CA,
        LINK_TLS_CERT,
        LINK_TLS_KEY,
        LINK_TLS_SERVER_NAME);
  }

  /// The settings of an agent that runs alone.
  public static List<Setting<?>> standalone() {
    List<Setting<?>> own = List.of(DATA, HOST, SERVER, CONTROLLER);
    return Stream.concat(own.stream(), intake().stream()).toList();
  }

  /// The configuration of an agent that runs alone.
  public static AgentConfig config(Settings settings) {
    return intake(settings, settings.get(DATA))
        .withHost(settings.get(HOST))
        .withServers(settings.get(SERVER))
        .withController(settings.get(CONTROLLER));
  }

  /// The configuration of an agent as far as [#intake()] says it.
  ///
  /// @param data the agent's own directory
  public static AgentConfig intake(Settings settings, Path data) {
    AgentConfig defaults = AgentConfig.defaults(data);
    return new AgentConfig(
        data,
        defaults.host(),
        List.of(
            new ReceivePort(settings.get(PORT), PORT.flag(), false),
            otlp(settings, OTLP_GRPC_PORT),
            otlp(settings, OTLP_HTTP_PORT)),
        defaults.servers(),
        settings.get(QUEUE_SIZE),
        (int) Math.min(settings.get(REQUEST_SIZE), Integer.MAX_VALUE - 16),
        settings.get(IN_FLIGHT_SIZE),
        settings.get(CORS_ORIGIN),
        tls(settings),
        link(settings),
        new RegisterConfig("", settings.get(GROUP)));
  }

  private static ReceiverTlsConfig tls(Settings settings) {
    TlsFiles files =
        new TlsFiles(settings.file(TLS_CLIENT_CA), settings.file(TLS_CERT), settings.file(TLS_KEY));
    return new ReceiverTlsConfig(files, settings.get(TLS_CLEARTEXT));
  }

  private static LinkConfig link(Settings settings) {
    return new LinkConfig(
        LinkProtocol.valueOf(settings.get(LINK).toUpperCase(Locale.ROOT)),
        settings.get(ID),
        settings.get(MAX_BANDWIDTH),
        new TlsFiles(
            settings.file(LINK_TLS_CA), settings.file(LINK_TLS_CERT), settings.file(LINK_TLS_KEY)),
        settings.get(LINK_TLS_SERVER_NAME));
  }

  /// On a host a collector often owns these ports already, so only who asks for one insists on it.
  private static ReceivePort otlp(Settings settings, Setting<Integer> port) {
    return new ReceivePort(settings.get(port), port.flag(), !settings.isExplicit(port));
  }
}
