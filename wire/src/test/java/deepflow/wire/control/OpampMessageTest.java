package deepflow.wire.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.wire.otlp.MalformedProtobufException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OpampMessageTest {
  private static final String UID = "000102030405060708090a0b0c0d0e0f";

  @Test
  void readsWhatAnAgentWrote() throws Exception {
    AgentToServer message =
        new AgentToServer(
            UID,
            7,
            AgentToServer.REPORTS_STATUS | AgentToServer.ACCEPTS_REMOTE_CONFIG,
            new AgentDescription(
                Map.of("service.name", "deepflow-agent"), Map.of("host.name", "nod\u00e9")),
            new ComponentHealth(
                true,
                12,
                "",
                "StatusOK",
                Map.of("queue", ComponentHealth.of(false, "full", "bytes=12 spans=3"))),
            "inputs: {}\n",
            ConfigStatus.failed("abc", "no such key"),
            true);

    assertThat(AgentToServer.decode(message.encode())).isEqualTo(message);
    assertThat(message.can(AgentToServer.REPORTS_HEALTH)).isFalse();
  }

  @Test
  void leavesOutWhatHasNotChanged() throws Exception {
    AgentToServer message = new AgentToServer(UID, 1, 1, null, null, null, null, false);

    assertThat(AgentToServer.decode(message.encode())).isEqualTo(message);
  }

  @Test
  void readsWhatAServerWrote() throws Exception {
    ServerToAgent config =
        new ServerToAgent(
            UID, null, new ServerToAgent.RemoteConfig("a: 1\n", "0123456789ab"), true);
    ServerToAgent busy =
        ServerToAgent.failed(UID, new ServerToAgent.Failure("later", Duration.ofSeconds(3)));

    assertThat(ServerToAgent.decode(config.encode())).isEqualTo(config);
    assertThat(ServerToAgent.decode(busy.encode())).isEqualTo(busy);
  }

  /// The bytes that protobuf's own library makes of these messages, as opamp-go 0.23 defines them.
  @Test
  void writesTheBytesOfOpamp() {
    AgentToServer message =
        new AgentToServer(UID, 1, 3, null, null, null, ConfigStatus.applied("ab"), false);

    assertThat(HexFormat.of().formatHex(message.encode()))
        .isEqualTo("0a10" + UID + "1001" + "2003" + "3a080a02616210011a00");
  }

  @Test
  void refusesAnInstanceWithoutItsSixteenBytes() {
    assertThatThrownBy(() -> AgentToServer.decode(HexFormat.of().parseHex("0a0100")))
        .isInstanceOf(MalformedProtobufException.class)
        .hasMessageContaining("instance_uid has 1 bytes");
  }

  @Test
  void refusesMessagesWithinMessagesWithoutEnd() {
    ComponentHealth health = ComponentHealth.of(true, "", "");
    for (int i = 0; i < 40; i++) {
      health = new ComponentHealth(true, 0, "", "", Map.of("a", health));
    }
    AgentToServer message = new AgentToServer(UID, 1, 1, null, health, null, null, false);

    assertThatThrownBy(() -> AgentToServer.decode(message.encode()))
        .hasMessageContaining("nested deeper");
  }

  @Test
  void neverFailsOtherwiseThanAsMalformed() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    byte[] good =
        new AgentToServer(
                UID,
                1,
                1,
                new AgentDescription(Map.of("service.name", "a"), Map.of("b", "c")),
                ComponentHealth.of(true, "x", "y"),
                "a: 1",
                ConfigStatus.NONE,
                false)
            .encode();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = good.clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        AgentToServer.decode(bytes);
        ServerToAgent.decode(bytes);
      } catch (MalformedProtobufException expected) {
        assertThat(expected.reason()).as("seed %s", seed).isNotEmpty();
      }
    }
  }
}
