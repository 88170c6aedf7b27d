package deepflow.agent;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.agent.queue.DurableQueue;
import deepflow.agent.receive.ReceivePort;
import deepflow.agent.receive.ReceiverTlsConfig;
import deepflow.settings.Setting;
import deepflow.settings.Settings;
import deepflow.wire.tls.TlsFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AgentSettingsTest {
  @Test
  void hasTheNamesAndDefaultsThatAreDocumented() throws Exception {
    assertThat(AgentSettings.standalone().stream().map(AgentSettingsTest::described))
        .containsExactly(
            "data --data DEEPFLOW_DATA /var/lib/deepflow-agent",
            "host --host DEEPFLOW_HOST 127.0.0.1",
            "agent.server --server DEEPFLOW_SERVER [127.0.0.1:20033]",
            "agent.controller --controller DEEPFLOW_CONTROLLER ",
            "agent.port --agent-port DEEPFLOW_AGENT_PORT 38086",
            "agent.otlp-grpc-port --otlp-grpc-port DEEPFLOW_OTLP_GRPC_PORT 4317",
            "agent.otlp-http-port --otlp-http-port DEEPFLOW_OTLP_HTTP_PORT 4318",
            "agent.queue-size --queue-size DEEPFLOW_QUEUE_SIZE 2147483648",
            "agent.max-request-size --max-request-size DEEPFLOW_MAX_REQUEST_SIZE "
                + AgentConfig.requestBytesMax(Runtime.getRuntime().maxMemory()),
            "agent.max-in-flight-size --max-in-flight-size DEEPFLOW_MAX_IN_FLIGHT_SIZE "
                + AgentConfig.inFlightBytesMax(Runtime.getRuntime().maxMemory()),
            "agent.cors-origin --cors-origin DEEPFLOW_CORS_ORIGIN []",
            "agent.tls.cert --tls-cert DEEPFLOW_TLS_CERT ",
            "agent.tls.key --tls-key DEEPFLOW_TLS_KEY ",
            "agent.tls.client-ca --tls-client-ca DEEPFLOW_TLS_CLIENT_CA ",
            "agent.tls.cleartext --tls-cleartext DEEPFLOW_TLS_CLEARTEXT false",
            "agent.link --agent-link DEEPFLOW_AGENT_LINK acknowledged",
            "agent.id --agent-id DEEPFLOW_AGENT_ID 0",
            "agent.max-bandwidth --max-bandwidth DEEPFLOW_MAX_BANDWIDTH 0",
            "agent.group --agent-group DEEPFLOW_AGENT_GROUP ",
            "agent.link-tls.ca --link-tls-ca DEEPFLOW_LINK_TLS_CA ",
            "agent.link-tls.cert --link-tls-cert DEEPFLOW_LINK_TLS_CERT ",
            "agent.link-tls.key --link-tls-key DEEPFLOW_LINK_TLS_KEY ",
            "agent.link-tls.server-name --link-tls-server-name DEEPFLOW_LINK_TLS_SERVER_NAME ");
  }

  @Test
  void becomesTheDefaultConfigurationWhenNothingIsSet() throws Exception {
    assertThat(config()).isEqualTo(AgentConfig.defaults(Path.of("/var/lib/deepflow-agent")));
  }

  @Test
  void takesNoRequestThatItsQueueCouldNeverHold() throws Exception {
    assertThat(config("--max-request-size", "1GiB").receiver(null).bodyBytesMax())
        .isEqualTo(DurableQueue.REQUEST_BYTES_MAX);
    assertThat(config("--queue-size", "8MiB").receiver(null).bodyBytesMax()).isEqualTo(1 << 20);
  }

  @Test
  void insistsOnAnOtlpPortThatSomebodyAskedFor() throws Exception {
    assertThat(config("--otlp-grpc-port", "4317").ports())
        .containsExactly(
            new ReceivePort(38086, "--agent-port", false),
            new ReceivePort(4317, "--otlp-grpc-port", false),
            new ReceivePort(4318, "--otlp-http-port", true));
  }

  @Test
  void takesTlsForSendersFromItsFourSettings() throws Exception {
    assertThat(
            config("--tls-cert", "c.pem", "--tls-key", "k.pem", "--tls-client-ca", "ca.pem").tls())
        .isEqualTo(
            new ReceiverTlsConfig(
                new TlsFiles(Path.of("ca.pem"), Path.of("c.pem"), Path.of("k.pem")), false));
    assertThat(config("--tls-cleartext").tls())
        .isEqualTo(new ReceiverTlsConfig(TlsFiles.NONE, true));
  }

  @Test
  void takesSixtyFourMebibytesWhenTheHeapCanHoldThem() {
    assertThat(AgentConfig.requestBytesMax(1L << 30)).isEqualTo(64 << 20);
    assertThat(AgentConfig.requestBytesMax(256 << 20)).isEqualTo(32 << 20);
    // Three quarters are for large requests.
    assertThat(AgentConfig.inFlightBytesMax(256 << 20) * 3 / 4)
        .isEqualTo(3L * (32 << 20) + (4 << 20) + (1 << 20));
    assertThat(AgentConfig.inFlightBytesMax(4L << 30)).isEqualTo(1L << 30);
  }

  private static AgentConfig config(String... flags) throws Exception {
    return AgentSettings.config(
        Settings.read(AgentSettings.standalone(), List.of(flags), Map.of()));
  }

  private static String described(Setting<?> setting) {
    return String.join(
        " ",
        setting.key(),
        setting.flag(),
        setting.environment(),
        setting.defaultValue().toString());
  }
}
